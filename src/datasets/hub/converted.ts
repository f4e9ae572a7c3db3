import { HarnessError } from '../../errors.ts';
import { byCodePoint } from '../code-points.ts';
import { kindsOf, type HubConfig } from './configs.ts';

/** `CONFIG/SPLIT/0000.parquet`; of the first years `CONFIG/NAME-SPLIT-00000-of-00001.parquet` and `CONFIG/NAME-SPLIT.parquet`. */
const NOW = /^([^/]+)\/([^/]+)\/[^/]+\.parquet$/;
const ONCE = /^([^/]+)\/(?:[^/]*-)?([A-Za-z_]\w*?)(?:-\d{5}-of-\d{5})?\.parquet$/;
/** The hub converts the first 5 GB of what is larger, and says so. */
const PARTIAL = /^partial-/;

/** Whether these are the files of that branch, at whatever commit. */
export function isConversion(paths: readonly string[]): boolean {
  const shown = paths.filter((path) => !path.startsWith('.'));
  return shown.length > 0 && shown.every((path) => /^[^/]+\/[^/]+\/\d{4}\.parquet$/.test(path));
}

/** Configurations on the branch where the hub keeps its conversions. Throws FORMAT where nothing there looks like one. */
export function convertedConfigs(paths: readonly string[], where: string): HubConfig[] {
  const found = new Map<string, Map<string, string[]>>();
  for (const path of paths.toSorted(byCodePoint)) {
    const [, config, split] = NOW.exec(path) ?? ONCE.exec(path) ?? [];
    if (config === undefined || split === undefined) continue;
    const splits = found.get(config) ?? new Map<string, string[]>();
    found.set(config, splits.set(split, [...(splits.get(split) ?? []), path]));
  }
  if (found.size === 0) {
    throw new HarnessError('FORMAT', {
      where,
      what: `Its conversion to Parquet has no configuration: ${kindsOf(paths)}.`,
      mend: 'Download its files, and name them with --dataset.',
    });
  }
  return [...found].map(([name, splits]): HubConfig => ({
    name,
    isDefault: name === 'default',
    find: () => ({
      splits: [...splits].map(([split, files]) => ({ split: split.replace(PARTIAL, ''), paths: files })),
      notes: [...splits.keys()]
        .filter((split) => PARTIAL.test(split))
        .map((split) => `The hub converted only the first 5 GB of ${split.replace(PARTIAL, '')}: the other rows are not read.`),
    }),
  }));
}
