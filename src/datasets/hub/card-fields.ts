import { isScalar, parseDocument, visit } from 'yaml';
import { HarnessError, option, reason, shown } from '../../errors.ts';

/** The YAML of a dataset card, read with limits. */

/** Maximum characters, and nesting of brackets or dashes: a parser's memory grows with the former, its stack with the latter. */
const MOST_LETTERS = 2e6;
const MOST_DEPTH = 200;
/** More aliases in a card are an attack. */
const MOST_ALIASES = 100;
const MOST_CONFIGS = 5000;
const HINT = `Download its files and pass them with ${option('dataset')}.`;

export type Fields = Readonly<Record<string, unknown>>;

export function bad(where: string, what: string, cause?: unknown): HarnessError {
  return new HarnessError('FORMAT', { where, what, hint: HINT }, { cause });
}

/** Every scalar is a string: `no`, `1.10` and `null` are valid names. */
export function fieldsOf(yaml: string, where: string): Fields {
  if (yaml.trim() === '') return {};
  if (yaml.length > MOST_LETTERS) {
    throw bad(where, `Its description has ${yaml.length} characters; the limit is ${MOST_LETTERS}.`);
  }
  if (isDeep(yaml)) throw bad(where, `Its description is nested deeper than ${MOST_DEPTH} levels.`);
  let value: unknown;
  try {
    // The parser's own check for duplicate keys takes quadratic time.
    const document = parseDocument(yaml, { schema: 'failsafe', uniqueKeys: false, prettyErrors: false, keepSourceTokens: false });
    const [error] = document.errors;
    if (error !== undefined) throw error;
    visit(document, {
      Map(_, { items }) {
        const seen = new Set<unknown>();
        for (const { key } of items) {
          const name = isScalar(key) ? key.value : key;
          if (seen.has(name)) throw new Error(`duplicate field ${shown(name)}.`);
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

/** Counts all brackets, also inside strings: no real card has this many. */
function isDeep(yaml: string): boolean {
  let depth = 0;
  for (const letter of yaml) {
    if (letter === '[' || letter === '{') depth++;
    else if (letter === ']' || letter === '}') depth = Math.max(0, depth - 1);
    if (depth > MOST_DEPTH) return true;
  }
  return /^(?:[ \t]*[-?:][ \t]+){200}/m.test(yaml);
}

export function mapOf(value: unknown, where: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(where, `Expected fields, got ${shown(value)}.`);
  // Without a prototype: a field may have any name.
  return Object.assign(Object.create(null) as Record<string, unknown>, value);
}

export function listOf(value: unknown, where: string): readonly unknown[] {
  if (value === undefined || value === '') return [];
  if (!Array.isArray(value)) throw bad(where, `Expected a list, got ${shown(value)}.`);
  if (value.length > MOST_CONFIGS) throw bad(where, `It lists ${value.length}; the limit is ${MOST_CONFIGS}.`);
  return value;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
