import { HarnessError, option } from '../../errors.ts';
import { groupBy } from '../../group-by.ts';
import { byCodePoint } from '../code-points.ts';
import type { HubConfig } from './configs.ts';
import { kindsOf } from './tables.ts';

/** `CONFIG/SPLIT/0000.parquet`; in early years `CONFIG/NAME-SPLIT-00000-of-00001.parquet` and `CONFIG/NAME-SPLIT.parquet`. */
const NOW = /^([^/]+)\/([^/]+)\/[^/]+\.parquet$/;
const ONCE = /^([^/]+)\/(?:[^/]*-)?([A-Za-z_]\w*?)(?:-\d{5}-of-\d{5})?\.parquet$/;
/** The hub converts only the first 5 GB of larger datasets, and marks it in the name. */
const PARTIAL = /^partial-/;

/** Whether these are the files of that branch, at any commit. */
export function isConversion(paths: readonly string[]): boolean {
  const shown = paths.filter((path) => !path.startsWith('.'));
  return shown.length > 0 && shown.every((path) => /^[^/]+\/[^/]+\/\d{4}\.parquet$/.test(path));
}

/** Configurations on the branch of the hub's conversions. Throws FORMAT if nothing there looks like one. */
export function convertedConfigs(paths: readonly string[], where: string): HubConfig[] {
  const placed = paths.toSorted(byCodePoint).flatMap((path) => {
    const [, config, split] = NOW.exec(path) ?? ONCE.exec(path) ?? [];
    return config === undefined || split === undefined ? [] : [{ path, config, split }];
  });
  const found = groupBy(placed, ({ config }) => config);
  if (found.size === 0) {
    throw new HarnessError('FORMAT', {
      where,
      what: `Its conversion to Parquet has no configuration: ${kindsOf(paths)}.`,
      hint: `Download its files and pass them with ${option('dataset')}.`,
    });
  }
  return [...found].map(([name, files]): HubConfig => ({
    name,
    isDefault: name === 'default',
    find: () => ({
      splits: splitsOf(files).map(([split, own]) => ({ split: split.replace(PARTIAL, ''), paths: own.map(({ path }) => path) })),
      notes: splitsOf(files)
        .map(([split]) => split)
        .filter((split) => PARTIAL.test(split))
        .map((split) => `The hub converted only the first 5 GB of ${split.replace(PARTIAL, '')}; the other rows are missing.`),
    }),
  }));
}

function splitsOf<T extends { readonly split: string }>(files: readonly T[]): [split: string, files: T[]][] {
  return [...groupBy(files, ({ split }) => split)];
}
