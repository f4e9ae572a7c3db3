import { readFileSync } from 'node:fs';
import path from 'node:path';
import { TextDecoder } from 'node:util';
import type { z } from 'zod';
import { HarnessError, reason } from '../errors.ts';
import { packageRoot } from '../home.ts';
import { jsonFault } from '../files/json-text.ts';
import { didYouMean, normalName } from './names.ts';
import { complaintOf } from './validate.ts';

export interface Named {
  readonly key: string;
  readonly aliases?: readonly string[];
}

export interface RegistryKind<Field extends string, Entry> {
  /** Name of the file, and of the registry in errors. */
  readonly file: string;
  /** Field of the file that holds the entries. */
  readonly under: Field;
  readonly schema: z.ZodType<Readonly<Record<Field, Record<string, Entry>>>>;
}

/**
 * The entries of a registry file by key, in file order; default: the package's own file. Throws REGISTRY, with file and line or key path,
 * if it cannot be read or is not valid.
 */
export function loadRegistry<Field extends string, Entry extends object>(
  { file, under, schema }: RegistryKind<Field, Entry>,
  own?: string,
): ReadonlyMap<string, Entry & { readonly key: string }> {
  const name = own ?? file;
  const place = own === undefined ? path.join(packageRoot(), file) : path.resolve(own);
  const value = parseJson(readText(place, name), name);
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw complaintOf({ error: parsed.error, value, file: name, under });
  const entries = new Map(Object.entries<Entry>(parsed.data[under]).map(([key, entry]) => [key, { ...entry, key }]));
  checkNames(entries.values(), name);
  return entries;
}

/** The text of a registry file, without a byte order mark. Throws REGISTRY if it cannot be read or is not UTF-8. */
export function readText(place: string, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(place));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new HarnessError(
      'REGISTRY',
      { where: name, what: missing ? 'File not found.' : `Cannot be read (${reason(error)}).` },
      { cause: error },
    );
  }
}

/** Throws REGISTRY with the line if the text is not valid JSON, or has a duplicate key; or has a key that an object cannot have. */
export function parseJson(text: string, name: string): unknown {
  const fault = jsonFault(text);
  if (fault !== undefined) throw new HarnessError('REGISTRY', { where: `${name}:${fault.line}`, what: `This is not JSON: ${fault.what}.` });
  return JSON.parse(text, (key, value: unknown) => {
    // Every object inherits it: the schemas would silently drop an entry of that name.
    if (key === '__proto__') {
      throw new HarnessError('REGISTRY', { where: name, what: 'The key "__proto__" cannot be used.', hint: 'Use another name.' });
    }
    return value;
  });
}

/** A key or alias with two entries would silently resolve to the first. */
function checkNames(entries: Iterable<Named>, file: string): void {
  const owners = new Map<string, { key: string; said: string }>();
  for (const { key, aliases = [] } of entries) {
    for (const [index, name] of [key, ...aliases].entries()) {
      const said = index === 0 ? key : `${key}.aliases[${index - 1}]`;
      const other = owners.get(normalName(name));
      if (other !== undefined) {
        throw new HarnessError('REGISTRY', {
          where: file,
          what: `${said} "${name}" is the same name as ${other.said}.`,
          hint: 'Names are matched without regard to case, "-" and "_".',
        });
      }
      owners.set(normalName(name), { key, said });
    }
  }
}

/** The entry of a key or alias; undefined if there is none. */
export function lookUp<Entry extends Named>(entries: ReadonlyMap<string, Entry>, name: string): Entry | undefined {
  const exact = entries.get(name);
  if (exact !== undefined) return exact;
  const asked = normalName(name);
  for (const entry of entries.values()) {
    if ([entry.key, ...(entry.aliases ?? [])].some((known) => normalName(known) === asked)) return entry;
  }
  return undefined;
}

/** The error for an unknown name, with suggestions. */
export function unknownName({
  entries,
  name,
  what,
  hint,
}: {
  entries: ReadonlyMap<string, Named>;
  name: string;
  what: string;
  hint: string;
}): HarnessError {
  const names = [...entries.values()].flatMap(({ key, aliases = [] }) => [key, ...aliases]);
  return new HarnessError('UNKNOWN_NAME', { what: `Unknown ${what} "${name}".${didYouMean(name, names)}`, hint });
}
