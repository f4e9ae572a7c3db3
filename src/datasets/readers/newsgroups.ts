import { HarnessError } from '../../errors.ts';
import { archiveFiles } from '../archive.ts';
import { byCodePoint } from '../code-points.ts';
import { decode } from '../decode.ts';
import type { Reader } from '../reader.ts';
import type { Split } from '../dataset.ts';

/** Both halves unpacked are 36 MB in 18,846 messages. */
const LIMITS = { maxBytes: 256 << 20, maxFiles: 100_000 };
const HALVES: readonly Split[] = ['train', 'test'];

/**
 * A tar.gz of `20news-bydate-{train,test}/<group>/<number>`, one message per file: headers and newlines are kept. Rows are in the order of
 * the paths, independent of how the archive was packed.
 */
export const newsgroups: Reader = async function* ({ files, encoding }) {
  for (const file of files) {
    const messages = await archiveFiles({ path: file.path, name: file.name, ...LIMITS });
    messages.sort((a, b) => byCodePoint(a.path, b.path));
    for (const half of HALVES) {
      for (const { path, bytes } of messages) {
        const [, split, group] = /^20news-bydate-(train|test)\/([^/]+)\/[^/]+$/.exec(path) ?? [];
        if (split === undefined || group === undefined) {
          throw new HarnessError('FORMAT', { where: file.name, what: `${path} is not 20news-bydate-{train,test}/<group>/<number>.` });
        }
        if (split === half) yield { text: decode({ bytes, encoding, name: path }), labels: [group], split: half };
      }
    }
  }
};
