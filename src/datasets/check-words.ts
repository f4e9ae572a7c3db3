import { comparable } from './equal-texts.ts';
import type { NameCount } from './check-classes.ts';

/**
 * Words that pandas and the library datasets read as missing values in CSV, and that databases write for them. Here each is a normal text.
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

/** Lists, sets and bytes as printed by Python, and JSON lists. */
const PRINTED = /^(?:b(['"]).*\1|[[{(]\s*(['"]).*\2\s*,?[\])}]|\[[-\d., ]*\])$/s;

export interface WordFindings {
  /** Classes whose name is a word for a missing value. */
  readonly missingClasses: readonly NameCount[];
  /** Number of texts that consist of such a word only. */
  readonly missingTexts: number;
  /** An example class, if all of them look like printed values: `['a', 'b']`, `b'a'`. */
  readonly printedClass: string | undefined;
  /** The same for the texts. */
  readonly printedText: string | undefined;
}

/** Classes and texts that look like placeholders or printed values. */
export function wordFindings(classes: readonly NameCount[], texts: readonly string[]): WordFindings {
  return {
    missingClasses: classes.filter(({ name }) => MISSING.has(name)).map(({ name, texts: count }) => ({ name, texts: count })),
    missingTexts: texts.reduce((sum, text) => sum + Number(MISSING.has(comparable(text))), 0),
    printedClass: printedValue(classes.map(({ name }) => name)),
    printedText: printedValue(texts),
  };
}

/** The first value, if all look printed. */
function printedValue(values: readonly string[]): string | undefined {
  return values.length > 0 && values.every((value) => PRINTED.test(comparable(value))) ? values[0] : undefined;
}
