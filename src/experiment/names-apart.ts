import path from 'node:path';
import { HarnessError, option } from '../errors.ts';

/** Something that a run names: an encoder, a data set. */
export interface Named {
  readonly name: string;
}

export interface ApartParams<T extends Named> {
  /** For messages: the option. */
  readonly where: string;
  /** What there is one of, however often it is asked for. */
  identity(item: T): string;
  /**
   * Paths that may become its name, from the shortest that would do on; none where its name is settled: a registry key, a hub repository, a
   * name that was given.
   */
  paths(item: T): readonly string[];
  rename(item: T, name: string): T;
  /** A name that tables keep for something else, and what: no item gets it. */
  readonly taken?: { readonly name: string; readonly what: string } | undefined;
}

/**
 * The items under names of their own: of those that would have one name each gets the shortest end of its path that no other has. Equal
 * ones are one. Throws OPTION where two settled names are the same, or one is taken: two of one name would be one row of a table.
 */
export function namesApart<T extends Named>(list: readonly T[], { where, identity, paths, rename, taken }: ApartParams<T>): T[] {
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

/** Ends of a path, from the last `from` parts on to all of it: b/c, a/b/c, /a/b/c. */
export function pathEnds(place: string, from = 2): string[] {
  const parts = path.resolve(place).split(/[/\\]/);
  const ends: string[] = [];
  for (let count = from; count <= parts.length; count++) ends.push(parts.slice(-count).join('/'));
  return ends;
}
