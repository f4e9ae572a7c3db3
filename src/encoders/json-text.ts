/** Marks a number that keeps its original notation. */
const MARK = '\u0000number:';
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const MARKED = /"\\u0000number:([^"]+)"/g;

/**
 * A value as JSON text, with the numbers of `before` in their original notation at the same place: 1.0 stays 1.0, as Python loaders that
 * expect a float do not accept 1. Throws what JSON.parse does.
 */
export function jsonLike(value: unknown, before: string): string {
  const marked: unknown = JSON.parse(
    before.replace(STRING_OR_NUMBER, (found) => (found.startsWith('"') ? found : JSON.stringify(MARK + found))),
  );
  return `${JSON.stringify(restored(value, marked), undefined, 2).replace(MARKED, '$1')}\n`;
}

function restored(value: unknown, before: unknown): unknown {
  if (typeof value === 'number') {
    const written = typeof before === 'string' && before.startsWith(MARK) ? before : undefined;
    return written !== undefined && Number(written.slice(MARK.length)) === value ? written : value;
  }
  if (typeof value !== 'object' || value === null || typeof before !== 'object' || before === null) return value;
  if (Array.isArray(value)) return value.map((each, i) => restored(each, (before as readonly unknown[])[i]));
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      restored(each, Object.hasOwn(before, key) ? (before as Record<string, unknown>)[key] : undefined),
    ]),
  );
}
