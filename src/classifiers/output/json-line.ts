import { HarnessError, option } from '../../errors.ts';

/** A property of a JSON object, as text. */
export function property(name: string, value: unknown): string {
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
}

/** A JSON object, as text, with further properties appended, as a line. Its content is not reformatted. */
export function extendedLine(object: string, properties: readonly string[]): string {
  const before = object.slice(1, -1).trim();
  return `{${[...(before === '' ? [] : [before]), ...properties].join(',')}}\n`;
}

/** Throws OPTION if one of the added columns already exists in a row or table. */
export function checkFree(added: readonly string[], names: readonly string[], where: string): void {
  const taken = added.find((name) => names.includes(name));
  if (taken === undefined) return;
  throw new HarnessError('OPTION', {
    where,
    what: `It already has a column "${taken}".`,
    hint: `Rename the new columns: ${option('prefix')} predicted_.`,
  });
}
