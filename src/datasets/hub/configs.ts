import { HarnessError, bounded } from '../../errors.ts';
import { groupBy } from '../../group-by.ts';
import { didYouMean } from '../../registry/names.ts';
import type { Card } from './card.ts';
import { describedFiles, type FoundFiles } from './described-files.ts';
import { splitsIn } from './split-names.ts';
import { splitsByName } from './splits-by-name.ts';
import { listed, SHOWN_LETTERS, tablesOf } from './tables.ts';

/** A configuration of a dataset: one of several tables, or sets of tables, in one repository. */
export interface HubConfig {
  readonly name: string;
  readonly isDefault: boolean;
  /** Its files, located when it is selected. Throws FORMAT if the card names missing files. */
  readonly find: () => FoundFiles;
}

export interface ConfigsParams {
  /** `hf:org/name` */
  readonly where: string;
  readonly paths: readonly string[];
  readonly card: Card;
}

/** The configurations in a repository's card; else those implied by its folders and file names. */
export function configsOf({ where, paths, card }: ConfigsParams): HubConfig[] {
  if (card.configs.length > 0) {
    return card.configs.map((config) => ({
      name: config.name,
      isDefault: config.isDefault || config.name === 'default',
      find: () => describedFiles(config, paths, where),
    }));
  }
  const tables = tablesOf(paths);
  const folders = configFolders(tables);
  const whole: HubConfig = { name: 'default', isDefault: true, find: () => ({ splits: splitsByName(tables, '', where), notes: [] }) };
  if (folders === undefined) return [whole];
  return [...folders].map(([name, files]) => ({
    name,
    isDefault: name === 'default',
    find: () => ({
      splits: splitsByName(files, commonFolder(files), where),
      notes: [`It describes no configurations; inferred from its folders: ${listed([...folders.keys()])}.`],
    }),
  }));
}

/** The one requested, the only one, or the default. Throws OPTION with a line that lists them. */
export function chooseConfig(configs: readonly HubConfig[], wanted: string | undefined, where: string): HubConfig {
  const names = configs.map(({ name }) => name);
  if (wanted !== undefined) {
    const found = configs.find(({ name }) => name === wanted);
    if (found !== undefined) return found;
    throw new HarnessError('OPTION', {
      where,
      what: `It has no configuration "${wanted}".${didYouMean(wanted, names)}`,
      hint: `It has ${listed(names)}.`,
    });
  }
  if (configs.length === 1) return configs[0]!;
  const [first, second] = configs.filter(({ isDefault }) => isDefault);
  if (first !== undefined && second === undefined) return first;
  const [one, other] = [first, second].map((each) => bounded(each?.name ?? '', SHOWN_LETTERS));
  const both = second === undefined ? '' : `; both ${one} and ${other} are marked as default`;
  throw new HarnessError('OPTION', {
    where,
    what: `It has ${configs.length} configurations${both}: ${listed(names)}.`,
    hint: `Choose one: ${where}:${bounded((first ?? configs[0]!).name, SHOWN_LETTERS)}`,
  });
}

/** Folders that each contain splits, if all files are in such folders: configurations without a card. */
function configFolders(tables: readonly string[]): Map<string, string[]> | undefined {
  const common = commonFolder(tables);
  const inside = (path: string): string => path.slice(common.length);
  if (tables.some((path) => !inside(path).includes('/'))) return undefined;
  const folders = groupBy(tables, (path) => inside(path).split('/')[0]!);
  if ([...folders.keys()].some((folder) => splitsIn(folder).length > 0)) return undefined;
  const named = [...folders.values()].every((files) =>
    files.some((path) =>
      inside(path)
        .split('/')
        .slice(1)
        .some((name) => splitsIn(name).length > 0),
    ),
  );
  return folders.size > 1 && named ? folders : undefined;
}

/** The longest folder that contains all paths: '' or ending in a slash. */
function commonFolder(paths: readonly string[]): string {
  let common = (paths[0] ?? '').split('/').slice(0, -1);
  for (const path of paths) {
    const names = path.split('/');
    const differs = common.findIndex((name, i) => names[i] !== name || i === names.length - 1);
    if (differs >= 0) common = common.slice(0, differs);
  }
  return common.length === 0 ? '' : `${common.join('/')}/`;
}
