import { bounded, shown } from '../../errors.ts';
import { featureNames, legacyNames, type ClassNames } from './card-class-names.ts';
import { bad, fieldsOf, listOf, mapOf, textOf } from './card-fields.ts';

/** A configuration as described in a dataset's README. All values are texts as written there. */
export interface CardConfig {
  readonly name: string;
  readonly isDefault: boolean;
  /** Split → patterns; undefined: by file names. */
  readonly dataFiles: ReadonlyMap<string, readonly string[]> | undefined;
  /** '' or a folder. */
  readonly dataDir: string;
  /** Further fields that affect reading: `sep`, `encoding`, … */
  readonly words: Readonly<Record<string, unknown>>;
}

export interface Card {
  readonly configs: readonly CardConfig[];
  /** By configuration; from `dataset_info`, `features`, and the older dataset_infos.json. */
  readonly classNames: ReadonlyMap<string, ClassNames>;
}

export interface CardParams {
  /** Prefix of errors: `hf:org/name`. */
  readonly where: string;
  readonly readme: string | undefined;
  /** `.huggingface.yaml`: the same fields in a separate file, which takes precedence. */
  readonly yaml?: string | undefined;
  /** `dataset_infos.json`: features as stored by old versions of the library. */
  readonly infos?: string | undefined;
}

/** Reads a dataset card. Throws FORMAT if it is not as documented by the hub: nothing is guessed. */
export function readCard({ where, readme = '', yaml, infos }: CardParams): Card {
  const fields = { ...fieldsOf(headOf(readme), `${where} README.md`), ...fieldsOf(yaml ?? '', `${where} .huggingface.yaml`) };
  const at = `${where} README.md`;
  const configs = listOf(fields['configs'], `${at}: configs`).map((config) => cardConfig(config, at));
  const twice = configs.find(({ name }, i) => configs.findIndex((other) => other.name === name) < i);
  if (twice !== undefined) throw bad(at, `Two configurations are named ${shown(twice.name)}.`);
  const classNames = new Map<string, ClassNames>();
  for (const [name, names] of legacyNames(infos, `${where} dataset_infos.json`)) classNames.set(name, names);
  const described = fields['dataset_info'];
  for (const info of Array.isArray(described) || described === undefined || described === ''
    ? listOf(described, `${at}: dataset_info`)
    : [described]) {
    const own = mapOf(info, `${at}: dataset_info`);
    classNames.set(textOf(own['config_name']) ?? 'default', featureNames(own['features'], at));
  }
  for (const { name, words } of configs) if (words['features'] !== undefined) classNames.set(name, featureNames(words['features'], at));
  return { configs, classNames };
}

/** The text between the first two lines of three dashes. */
function headOf(readme: string): string {
  const lines = readme.trimStart().split(/\r\n|\n|\r/);
  const end = lines.findIndex((line, i) => i > 0 && line.trimEnd() === '---');
  return lines[0]!.trimEnd() === '---' && end > 0 ? lines.slice(1, end).join('\n') : '';
}

function cardConfig(value: unknown, at: string): CardConfig {
  const { config_name: named, data_files: files, data_dir: folder, default: isDefault, ...words } = mapOf(value, `${at}: configs`);
  const name = textOf(named);
  if (name === undefined || name === '') throw bad(at, `A configuration has no config_name: ${shown(value)}.`);
  const where = `${at}: ${bounded(name, 80)}`;
  if (folder !== undefined && textOf(folder) === undefined) throw bad(where, `data_dir is not a folder: ${shown(folder)}.`);
  return {
    name,
    isDefault: textOf(isDefault)?.toLowerCase() === 'true',
    dataFiles: files === undefined || files === 'null' || files === '' ? undefined : dataFiles(files, where),
    dataDir: pathOf(textOf(folder) ?? '', where).replace(/\/+$/, ''),
    words,
  };
}

/** The forms documented by the hub: a pattern, a list of patterns, a list of `{split, path}`; and a field for each split. */
function dataFiles(value: unknown, where: string): ReadonlyMap<string, readonly string[]> {
  const patterns = (of: unknown): readonly string[] =>
    [of].flat().map((path) => {
      if (typeof path !== 'string' || path === '') throw bad(where, `data_files has ${shown(path)}, which is not a path.`);
      return pathOf(path, where);
    });
  if (typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string'))) {
    return new Map([['train', patterns(value)]]);
  }
  const entries = Array.isArray(value)
    ? value.map((item): [string, unknown] => {
        const { split, path, ...others } = mapOf(item, where);
        if (typeof split !== 'string' || path === undefined || Object.keys(others).length > 0) {
          throw bad(where, `data_files has ${shown(item)}; expected a split and its path.`);
        }
        return [split, path];
      })
    : Object.entries(mapOf(value, where));
  const found = new Map<string, readonly string[]>();
  for (const [split, paths] of entries) {
    if (!/^\w+(\.\w+)*$/.test(split)) throw bad(where, `${shown(split)} is not a valid split name.`);
    if (found.has(split)) throw bad(where, `Duplicate split ${shown(split)}.`);
    found.set(split, patterns(paths));
  }
  return found;
}

/** A path or pattern inside the repository. */
function pathOf(text: string, where: string): string {
  if (/^[a-z][a-z0-9+.-]*:/i.test(text) || text.includes('::')) {
    throw bad(where, `${shown(text)} is outside the repository or in an archive; only plain files of the repository are read.`);
  }
  const path = text.replace(/^(\.\/+)+/, '').replace(/\/{2,}/g, '/');
  if (path.startsWith('/') || /(^|\/)\.\.(\/|$)/.test(path) || /[\0\\]/.test(path)) {
    throw bad(where, `${shown(text)} points outside the repository.`);
  }
  if (path.split('/').some((name) => name.includes('**') && name !== '**')) {
    throw bad(where, `In the pattern ${shown(text)} ** must be a whole path component.`);
  }
  return path === '.' ? '' : path;
}
