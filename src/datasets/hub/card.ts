import { isScalar, parseDocument, visit } from 'yaml';
import { bounded, HarnessError, option, reason, shown } from '../../errors.ts';
import { parseJson } from '../json.ts';

/** Names of classes by column, where a column has numbers for them. */
export type ClassNames = ReadonlyMap<string, readonly string[]>;

/** A configuration as the README of a dataset describes it. All values are texts as they stand there. */
export interface CardConfig {
  readonly name: string;
  readonly isDefault: boolean;
  /** Split → patterns; undefined: by the names of the files. */
  readonly dataFiles: ReadonlyMap<string, readonly string[]> | undefined;
  /** '' or a folder. */
  readonly dataDir: string;
  /** What else it says of how files are read: `sep`, `encoding`, … */
  readonly words: Readonly<Record<string, unknown>>;
}

export interface Card {
  readonly configs: readonly CardConfig[];
  /** By configuration; from `dataset_info`, `features`, and dataset_infos.json of old. */
  readonly classNames: ReadonlyMap<string, ClassNames>;
}

export interface CardParams {
  /** What errors begin with: `hf:org/name`. */
  readonly where: string;
  readonly readme: string | undefined;
  /** `.huggingface.yaml`: the same fields in a file of their own, which win. */
  readonly yaml?: string | undefined;
  /** `dataset_infos.json`: how old versions of the library kept features. */
  readonly infos?: string | undefined;
}

/**
 * Letters of a description, and brackets or dashes that stand within each other: a parser's memory grows with the one, its stack with the
 * other.
 */
const MOST_LETTERS = 2e6;
const MOST_DEPTH = 200;
/** More aliases in a description are a bomb. */
const MOST_ALIASES = 100;
const MOST_CONFIGS = 5000;
const MEND = `Download its files, and name them with ${option('dataset')}.`;

type Fields = Readonly<Record<string, unknown>>;

/** What a dataset says of its files. Throws FORMAT where it is not what the hub documents: nothing is guessed from half of it. */
export function readCard({ where, readme = '', yaml, infos }: CardParams): Card {
  const fields = { ...fieldsOf(headOf(readme), `${where} README.md`), ...fieldsOf(yaml ?? '', `${where} .huggingface.yaml`) };
  const at = `${where} README.md`;
  const configs = listOf(fields['configs'], `${at}: configs`).map((config) => cardConfig(config, at));
  const twice = configs.find(({ name }, i) => configs.findIndex((other) => other.name === name) < i);
  if (twice !== undefined) throw bad(at, `Two configurations are called ${shown(twice.name)}.`);
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

function bad(where: string, what: string, cause?: unknown): HarnessError {
  return new HarnessError('FORMAT', { where, what, mend: MEND }, { cause });
}

/** What stands between the first line and the next of three dashes. */
function headOf(readme: string): string {
  const lines = readme.trimStart().split(/\r\n|\n|\r/);
  const end = lines.findIndex((line, i) => i > 0 && line.trimEnd() === '---');
  return lines[0]!.trimEnd() === '---' && end > 0 ? lines.slice(1, end).join('\n') : '';
}

/** Every scalar is a text: `no`, `1.10` and `null` are names as good as others. */
function fieldsOf(yaml: string, where: string): Fields {
  if (yaml.trim() === '') return {};
  if (yaml.length > MOST_LETTERS) {
    throw bad(where, `Its description has ${yaml.length} letters, and more than ${MOST_LETTERS} are not read.`);
  }
  if (isDeep(yaml)) throw bad(where, `Its description nests deeper than ${MOST_DEPTH} levels.`);
  let value: unknown;
  try {
    // The parser's own search for keys that are there twice takes a time with the square of their number.
    const document = parseDocument(yaml, { schema: 'failsafe', uniqueKeys: false, prettyErrors: false, keepSourceTokens: false });
    const [error] = document.errors;
    if (error !== undefined) throw error;
    visit(document, {
      Map(_, { items }) {
        const seen = new Set<unknown>();
        for (const { key } of items) {
          const name = isScalar(key) ? key.value : key;
          if (seen.has(name)) throw new Error(`the field ${shown(name)} is there twice.`);
          seen.add(name);
        }
      },
    });
    value = document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    throw bad(where, `Its description is not YAML: ${reason(error)}.`, error);
  }
  return value === '' || value === null ? {} : mapOf(value, where);
}

/** By all brackets, those in texts too: nobody writes so many. */
function isDeep(yaml: string): boolean {
  let depth = 0;
  for (const letter of yaml) {
    if (letter === '[' || letter === '{') depth++;
    else if (letter === ']' || letter === '}') depth = Math.max(0, depth - 1);
    if (depth > MOST_DEPTH) return true;
  }
  return /^(?:[ \t]*[-?:][ \t]+){200}/m.test(yaml);
}

function mapOf(value: unknown, where: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(where, `Fields are wanted, got ${shown(value)}.`);
  // Without a prototype: a field may be called as it likes.
  return Object.assign(Object.create(null) as Record<string, unknown>, value);
}

function listOf(value: unknown, where: string): readonly unknown[] {
  if (value === undefined || value === '') return [];
  if (!Array.isArray(value)) throw bad(where, `A list is wanted, got ${shown(value)}.`);
  if (value.length > MOST_CONFIGS) throw bad(where, `It lists ${value.length}, and more than ${MOST_CONFIGS} are not read.`);
  return value;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function cardConfig(value: unknown, at: string): CardConfig {
  const { config_name: named, data_files: files, data_dir: folder, default: isDefault, ...words } = mapOf(value, `${at}: configs`);
  const name = textOf(named);
  if (name === undefined || name === '') throw bad(at, `A configuration has no config_name: ${shown(value)}.`);
  const where = `${at}: ${bounded(name, 80)}`;
  if (folder !== undefined && textOf(folder) === undefined) throw bad(where, `data_dir is no folder: ${shown(folder)}.`);
  return {
    name,
    isDefault: textOf(isDefault)?.toLowerCase() === 'true',
    dataFiles: files === undefined || files === 'null' || files === '' ? undefined : dataFiles(files, where),
    dataDir: pathOf(textOf(folder) ?? '', where).replace(/\/+$/, ''),
    words,
  };
}

/** The forms that the hub documents: a pattern, a list of patterns, a list of `{split, path}`; and a field for each split. */
function dataFiles(value: unknown, where: string): ReadonlyMap<string, readonly string[]> {
  const patterns = (of: unknown): readonly string[] => [of].flat().map((path) => {
    if (typeof path !== 'string' || path === '') throw bad(where, `data_files has ${shown(path)}, which is no path.`);
    return pathOf(path, where);
  });
  if (typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string'))) {
    return new Map([['train', patterns(value)]]);
  }
  const entries = Array.isArray(value) ? value.map((item): [string, unknown] => {
    const { split, path, ...others } = mapOf(item, where);
    if (typeof split !== 'string' || path === undefined || Object.keys(others).length > 0) {
      throw bad(where, `data_files has ${shown(item)}; a split and its path are wanted.`);
    }
    return [split, path];
  }) : Object.entries(mapOf(value, where));
  const found = new Map<string, readonly string[]>();
  for (const [split, paths] of entries) {
    if (!/^\w+(\.\w+)*$/.test(split)) throw bad(where, `${shown(split)} is no name of a split.`);
    if (found.has(split)) throw bad(where, `The split ${shown(split)} is there twice.`);
    found.set(split, patterns(paths));
  }
  return found;
}

/** A path inside the repository, or a pattern of such. */
function pathOf(text: string, where: string): string {
  if (/^[a-z][a-z0-9+.-]*:/i.test(text) || text.includes('::')) {
    throw bad(where, `${shown(text)} lies elsewhere or in an archive, and only files of the repository are read.`);
  }
  const path = text.replace(/^(\.\/+)+/, '').replace(/\/{2,}/g, '/');
  if (path.startsWith('/') || /(^|\/)\.\.(\/|$)/.test(path) || /[\0\\]/.test(path)) {
    throw bad(where, `${shown(text)} leads out of the repository.`);
  }
  if (path.split('/').some((name) => name.includes('**') && name !== '**')) {
    throw bad(where, `In the pattern ${shown(text)} two stars stand beside letters: they are a whole name of a path.`);
  }
  return path === '.' ? '' : path;
}

function featureNames(features: unknown, at: string): ClassNames {
  const found = new Map<string, readonly string[]>();
  for (const feature of listOf(features, `${at}: features`)) {
    const { name, ...type } = mapOf(feature, `${at}: features`);
    const names = classLabel(type, `${at}: ${shown(name)}`, 0);
    if (typeof name === 'string' && names !== undefined) found.set(name, names);
  }
  return found;
}

/** Names in `class_label`, here or as what a list is of. */
function classLabel(type: unknown, where: string, depth: number): readonly string[] | undefined {
  if (typeof type !== 'object' || type === null || Array.isArray(type) || depth > 3) return undefined;
  const fields = mapOf(type, where);
  const label = fields['class_label'];
  if (label !== undefined) return namesOf(mapOf(label, where)['names'], where);
  for (const kind of ['dtype', 'list', 'sequence', 'large_list']) {
    const names = classLabel(fields[kind], where, depth + 1);
    if (names !== undefined) return names;
  }
  return undefined;
}

/** A list, or fields '0', '1', …: every number has its name. */
function namesOf(value: unknown, where: string): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const names = Array.isArray(value)
    ? value
    : Object.entries(mapOf(value, where))
        .toSorted(([a], [b]) => Number(a) - Number(b))
        .map(([number, name], i) => (Number(number) === i ? name : undefined));
  if (!names.every((name): name is string => typeof name === 'string')) {
    throw bad(where, 'Its class_label does not name every class from 0 on.');
  }
  if (new Set(names).size < names.length) throw bad(where, 'Its class_label names two classes alike.');
  return names;
}

function legacyNames(text: string | undefined, where: string): [string, ClassNames][] {
  if (text === undefined || text.trim() === '') return [];
  const infos = Object.entries(mapOf(parseJson(text, where), where)).map(([config, info]): [string, ClassNames] => {
    const features = mapOf(info, where)['features'];
    const found = new Map<string, readonly string[]>();
    if (typeof features === 'object' && features !== null) {
      for (const [column, type] of Object.entries(mapOf(features, where))) {
        const names = legacyLabel(type, where, 0);
        if (names !== undefined) found.set(column, names);
      }
    }
    return [config, found];
  });
  // An old name such as "org--name" is of the only one.
  return infos.length === 1 ? [...infos, ['default', infos[0]![1]]] : infos;
}

function legacyLabel(type: unknown, where: string, depth: number): readonly string[] | undefined {
  if (typeof type !== 'object' || type === null || depth > 3) return undefined;
  if (Array.isArray(type)) return legacyLabel(type[0], where, depth + 1);
  const { _type: kind, names, feature } = mapOf(type, where);
  return kind === 'ClassLabel' ? namesOf(names, where) : legacyLabel(feature, where, depth + 1);
}
