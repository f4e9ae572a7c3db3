import path from 'node:path';
import { HarnessError } from '../errors.ts';

/** Something that a run names: an encoder, a data set. */
export interface Named {
  readonly name: string;
}

export interface ApartParams<T extends Named> {
  /** For messages: the flag. */
  readonly where: string;
  /** What there is one of, however often it is asked for. */
  identity(item: T): string;
  /** Paths that may become its name, from the shortest that would do on; none where its name is settled: a registry key, a hub repository, a name that was given. */
  paths(item: T): readonly string[];
  rename(item: T, name: string): T;
}

/**
 * The items under names of their own: of those that would have one name each gets the shortest end of its path that no other has. Equal ones are one.
 * Throws OPTION where two settled names are the same: two of one name would be one row of a table.
 */
export function namesApart<T extends Named>(list: readonly T[], { where, identity, paths, rename }: ApartParams<T>): T[] {
  const items = [...new Map(list.map((item) => [identity(item), item])).values()];
  const settled = items.filter((item) => items.every((other) => other === item || other.name !== item.name) || paths(item).length === 0);
  const names = new Set<string>();
  for (const { name } of settled) {
    if (names.has(name)) throw new HarnessError('OPTION', { where, what: `Two are called "${name}", and a table tells them apart by name.`, mend: where === '--model' ? 'Give one a name of its own: --model NAME=PATH.' : 'Rename the file of one.' });
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
