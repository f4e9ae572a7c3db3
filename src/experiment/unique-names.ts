import path from 'node:path';
import { HarnessError, option } from '../errors.ts';

/** Something that a run refers to by name: an encoder or a dataset. */
export interface Named {
  readonly name: string;
}

export interface UniqueNamesParams<T extends Named> {
  /** For messages: the option. */
  readonly where: string;
  /** Items of equal identity are one, however often they are requested. */
  identity(item: T): string;
  /** Candidate names from its path, shortest first; empty if its name is fixed: a registry key, a hub repository, or a name given. */
  paths(item: T): readonly string[];
  rename(item: T, name: string): T;
  /** A name reserved in tables, and for what: no item gets it. */
  readonly taken?: { readonly name: string; readonly what: string } | undefined;
}

/**
 * The items under unique names: items with the same name get the shortest end of their path that no other has. Equal items are merged.
 * Throws OPTION if two fixed names are equal, or one is reserved: two items of the same name would share a table row.
 */
export function uniqueNames<T extends Named>(list: readonly T[], { where, identity, paths, rename, taken }: UniqueNamesParams<T>): T[] {
  const items = [...new Map(list.map((item) => [identity(item), item])).values()];
  const alone = (item: T) => item.name !== taken?.name && items.every((other) => other === item || other.name !== item.name);
  const settled = items.filter((item) => alone(item) || paths(item).length === 0);
  const names = new Set<string>();
  for (const { name } of settled) {
    if (name === taken?.name) {
      throw new HarnessError('OPTION', { where, what: `"${name}" is reserved in tables for ${taken.what}.`, hint: 'Use another name.' });
    }
    if (names.has(name)) {
      throw new HarnessError('OPTION', {
        where,
        what: `Two have the name "${name}"; names must be unique.`,
        hint: where === option('model') ? `Rename one: ${option('model')} NAME=PATH.` : 'Rename one of the files.',
      });
    }
    names.add(name);
  }
  return items.map((item) => {
    if (settled.includes(item)) return item;
    const others = items.filter((other) => other !== item).flatMap((other) => paths(other));
    const found = paths(item).find((candidate) => !names.has(candidate) && !others.includes(candidate)) ?? paths(item).at(-1)!;
    return rename(item, found);
  });
}

/** Ends of a path, from its last `from` parts up to all of it: b/c, a/b/c, /a/b/c. */
export function pathEnds(place: string, from = 2): string[] {
  const parts = path.resolve(place).split(/[/\\]/);
  const ends: string[] = [];
  for (let count = from; count <= parts.length; count++) ends.push(parts.slice(-count).join('/'));
  return ends;
}
