import { comparable } from './equal-texts.ts';
import type { NameCount } from './check-classes.ts';

/**
 * What pandas and the library datasets take for no value in a CSV file, and what databases write for it. Here each is a text like any
 * other.
 */
const MISSING: ReadonlySet<string> = new Set([
  '#N/A',
  '#N/A N/A',
  '#NA',
  '-1.#IND',
  '-1.#QNAN',
  '-NaN',
  '-nan',
  '1.#IND',
  '1.#QNAN',
  '<NA>',
  'N/A',
  'NA',
  'NULL',
  'NaN',
  'None',
  'n/a',
  'nan',
  'null',
  'NaT',
  '\\N',
]);

/** Lists, sets and bytes as Python prints them, and lists of JSON. */
const PRINTED = /^(?:b(['"]).*\1|[[{(]\s*(['"]).*\2\s*,?[\])}]|\[[-\d., ]*\])$/s;

export interface WordFindings {
  /** Classes that are called by a word for a missing value. */
  readonly missingClasses: readonly NameCount[];
  /** Texts that are nothing but such a word. */
  readonly missingTexts: number;
  /** A class, where all of them are values as a program prints them: `['a', 'b']`, `b'a'`. */
  readonly printedClass: string | undefined;
  /** The same of the texts. */
  readonly printedText: string | undefined;
}

/** Classes and texts that are words or signs for something else. */
export function wordFindings(classes: readonly NameCount[], texts: readonly string[]): WordFindings {
  return {
    missingClasses: classes.filter(({ name }) => MISSING.has(name)).map(({ name, texts: count }) => ({ name, texts: count })),
    missingTexts: texts.reduce((sum, text) => sum + Number(MISSING.has(comparable(text))), 0),
    printedClass: printedValue(classes.map(({ name }) => name)),
    printedText: printedValue(texts),
  };
}

/** The first value, where all are such. */
function printedValue(values: readonly string[]): string | undefined {
  return values.length > 0 && values.every((value) => PRINTED.test(comparable(value))) ? values[0] : undefined;
}
