import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { archiveFiles } from '../archive.ts';
import { manifestOf, selectArticles, type Article, type ArticleFile } from '../baly-selection.ts';
import { byCodePoint } from '../code-points.ts';
import type { Split } from '../dataset.ts';
import { textOption, type Reader, type ReaderFile } from '../reader.ts';
import { badRow } from '../faults.ts';

/** The archive unpacked is 31 MB in 2236 articles, none above 96 kB. */
const LIMITS = { maxBytes: 256 << 20, maxFiles: 50_000 };
const SPLIT_OF_PART: readonly (readonly [Article['part'], Split])[] = [
  ['train_pool', 'train'],
  ['test_heldout', 'test'],
];

/**
 * Articles as JSON files, in a tar.gz or in a folder (data/jsons of a clone of the public repository), from which the selection is made.
 * Rare publishers are dropped. Option `manifest` is the sha256 of the selection's manifest: it guarantees the same articles, byte for byte,
 * from any source. Rows are in the order of ids, which mixes publishers.
 */
export const baly: Reader = async function* ({ files, options, labelField }) {
  for (const file of files) {
    const articles = selectArticles(statSync(file.path).isDirectory() ? folderFiles(file) : await tarFiles(file));
    const wanted = textOption(options, 'manifest');
    const got = createHash('sha256').update(manifestOf(articles)).digest('hex');
    if (wanted !== undefined && got !== wanted) {
      throw badRow(
        file,
        `${articles.length} articles chosen`,
        'These are not the articles of the dataset, or they were changed.',
        'Use the public repository at the commit given in the entry.',
      );
    }
    for (const [part, split] of SPLIT_OF_PART) {
      for (const article of articles.filter((one) => one.part === part).toSorted((a, b) => byCodePoint(a.id, b.id))) {
        yield { text: article.text, labels: [labelField === 'publisher' ? article.publisher : article.bias], split };
      }
    }
  }
};

function folderFiles({ path: folder }: ReaderFile): ArticleFile[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name, read: () => readFileSync(path.join(folder, name)) }));
}

async function tarFiles({ path: archive, name }: ReaderFile): Promise<ArticleFile[]> {
  const members = await archiveFiles({ path: archive, name, ...LIMITS });
  return members.map((member) => ({ name: path.posix.basename(member.path), read: () => member.bytes }));
}
