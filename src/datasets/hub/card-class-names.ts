import { shown } from '../../errors.ts';
import { parseJson } from '../json.ts';
import { bad, listOf, mapOf } from './card-fields.ts';

/** Class names by column, for columns with class numbers. */
export type ClassNames = ReadonlyMap<string, readonly string[]>;

/** From the features of a configuration. */
export function featureNames(features: unknown, at: string): ClassNames {
  const found = new Map<string, readonly string[]>();
  for (const feature of listOf(features, `${at}: features`)) {
    const { name, ...type } = mapOf(feature, `${at}: features`);
    const names = classLabel(type, `${at}: ${shown(name)}`, 0);
    if (typeof name === 'string' && names !== undefined) found.set(name, names);
  }
  return found;
}

/** Names in `class_label`, here or as the element type of a list. */
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
    throw bad(where, 'Its class_label does not name every class, counting from 0.');
  }
  if (new Set(names).size < names.length) throw bad(where, 'Its class_label gives two classes the same name.');
  return names;
}

/** From dataset_infos.json, by configuration. */
export function legacyNames(text: string | undefined, where: string): [string, ClassNames][] {
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
  // An old name such as "org--name" belongs to the only configuration.
  return infos.length === 1 ? [...infos, ['default', infos[0]![1]]] : infos;
}

function legacyLabel(type: unknown, where: string, depth: number): readonly string[] | undefined {
  if (typeof type !== 'object' || type === null || depth > 3) return undefined;
  if (Array.isArray(type)) return legacyLabel(type[0], where, depth + 1);
  const { _type: kind, names, feature } = mapOf(type, where);
  return kind === 'ClassLabel' ? namesOf(names, where) : legacyLabel(feature, where, depth + 1);
}
