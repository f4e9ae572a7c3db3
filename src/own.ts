/**
 * A table's own value for a user's or a file's word; undefined if it has none. `table[word]` would find what every object inherits:
 * `constructor`, `toString`, `__proto__`.
 */
export function own<T>(table: Readonly<Record<string, T>>, word: PropertyKey): T | undefined {
  return Object.hasOwn(table, word) ? table[word as string] : undefined;
}
