import { bounded, HarnessError, option } from '../../errors.ts';
import { groupBy } from '../../group-by.ts';
import { splitsIn, type SplitFiles } from './split-names.ts';
import { SHOWN_LETTERS } from './tables.ts';

/** `data/NAME-00000-of-00002….parquet`: as written by the hub's library. */
const SHARDED = /^data\/([^/]+?)-\d{5}-of-\d{5}[^/]*\.[^/]*$/;

/**
 * Splits by names, as the library `datasets` finds them: shards in `data/`, else the split word in a folder's name, else in the file's;
 * without any, all files are train. Case is ignored. Files without a split word next to others with one are not read.
 */
export function splitsByName(tables: readonly string[], folder: string, where: string): SplitFiles[] {
  const inside = (path: string): string => path.slice(folder.length);
  const shards = grouped(tables, (path) => SHARDED.exec(inside(path))?.[1]);
  if (shards.length > 0 && shards.every(({ split }) => /^\w+(\.\w+)*$/.test(split))) return shards;
  const splits = grouped(tables, (path) => {
    const words = [...new Set(inside(path).split('/').flatMap(splitsIn))];
    if (words.length > 1) {
      throw new HarnessError('FORMAT', {
        where,
        what: `${bounded(path, SHOWN_LETTERS)} is named for ${words.join(' and ')} at once.`,
        hint: `Download its files and pass them with ${option('dataset')}.`,
      });
    }
    return words[0];
  });
  return splits.length > 0 ? splits : [{ split: 'train', paths: tables }];
}

function grouped(paths: readonly string[], splitOf: (path: string) => string | undefined): SplitFiles[] {
  const found = groupBy(paths, splitOf);
  return [...found].flatMap(([split, files]) => (split === undefined ? [] : [{ split, paths: files }]));
}
