/**
 * What a table has under a word that a user or a file gave; undefined where it has none. `table[word]` would find what every object
 * inherits: `constructor`, `toString`, `__proto__`.
 */
export function own<T>(table: Readonly<Record<string, T>>, word: PropertyKey): T | undefined {
  return Object.hasOwn(table, word) ? table[word as string] : undefined;
}
