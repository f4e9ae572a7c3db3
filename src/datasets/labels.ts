import type { Example } from './dataset.ts';

/**
 * Characters removed from the ends of a label: white space of Unicode and Python, and invisible characters that spreadsheets and web pages
 * leave there (no-break spaces, zero-width spaces and joiners, direction marks, byte order marks). Inside a label they are kept.
 */
const INVISIBLE = String.raw`\s\x1c-\x1f\x85\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff`;
const START = new RegExp(`^[${INVISIBLE}]+`);
const VISIBLE = new RegExp(`[^${INVISIBLE}]`);

/** A label without white space at its ends. */
export function trimLabel(label: string): string {
  const start = START.exec(label)?.[0].length ?? 0;
  let end = label.length;
  // No regular expression at the end, which would take quadratic time in the number of blanks.
  while (end > start && !VISIBLE.test(label[end - 1]!)) end--;
  return label.slice(start, end);
}

/** A finite number as its shortest decimal: 1, 0.1, 1e+21; -0 is 0. */
export function numberLabel(number: number | bigint): string {
  return String(number);
}

const PLAIN = /^-?(0|[1-9]\d*)(\.\d+)?$/;
const ZERO_FRACTION = /^(-?)(0|[1-9]\d*)\.0+$/;

export interface Unified {
  readonly examples: readonly Example[];
  readonly notes: readonly string[];
}

/**
 * Examples of all files of a dataset, with labels of the same class unified: `1.0` is `1` if every label is a plain number and each
 * fraction is zero, and `True` is `true` if some label was a boolean in its file (`booleans`). Changes are reported.
 */
export function unifyLabels(examples: readonly Example[], { booleans }: { readonly booleans: boolean }): Unified {
  const names = new Set(examples.flatMap(({ labels }) => labels));
  const renamed = new Map([...wholeNumbers(names), ...(booleans ? truthValues(names) : [])]);
  if (renamed.size === 0) return { examples, notes: [] };
  const nameOf = (label: string) => renamed.get(label) ?? label;
  return {
    examples: examples.map((example) =>
      example.labels.some((label) => renamed.has(label)) ? { ...example, labels: named(example, nameOf) } : example,
    ),
    notes: [renamedNote(renamed, names)],
  };
}

/** Renamed labels without duplicates; for words, one per word. */
function named({ words, labels }: Example, nameOf: (label: string) => string): string[] {
  const names = labels.map(nameOf);
  return words === undefined ? [...new Set(names)] : names;
}

function wholeNumbers(names: ReadonlySet<string>): (readonly [string, string])[] {
  if (![...names].every((name) => PLAIN.test(name) && (!name.includes('.') || ZERO_FRACTION.test(name)))) return [];
  return [...names]
    .filter((name) => name.includes('.'))
    .map(
      (name) => [name, name.replace(ZERO_FRACTION, (_, sign: string, whole: string) => (whole === '0' ? '0' : `${sign}${whole}`))] as const,
    );
}

function truthValues(names: ReadonlySet<string>): (readonly [string, string])[] {
  return [...names]
    .filter((name) => name !== name.toLowerCase() && /^(true|false)$/i.test(name))
    .map((name) => [name, name.toLowerCase()] as const);
}

/** Maximum examples listed. */
const SHOWN = 3;

function renamedNote(renamed: ReadonlyMap<string, string>, names: ReadonlySet<string>): string {
  const shown = [...renamed]
    .slice(0, SHOWN)
    .map(([from, to]) => `"${from}" is ${to}`)
    .join(', ');
  const merged = [...renamed.values()].some((name) => names.has(name));
  const more = renamed.size > SHOWN ? `, and ${renamed.size - SHOWN} more` : '';
  return `${merged ? 'Equivalent labels merged' : 'Whole numbers written without decimals'}: ${shown}${more}.`;
}
