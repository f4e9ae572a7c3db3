/**
 * A cell that begins with = + - @, tab or carriage return is run as a formula by spreadsheets. Such a cell is written
 * with ' in front, as csv-stringify's `escape_formulas` does, but so that reading gives the very text back: a text that
 * already has ' there gets one more. Plain numbers (-1.0) are no formulas and stay numbers.
 */
const FORMULA = /^'*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/;
const NUMBER = /^'*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/;

/** The text as it is written. */
export function guardFormula(text: string): string {
  return isFormula(text) ? `'${text}` : text;
}

/** The text that was written; undoes `guardFormula`. */
export function unguardFormula(text: string): string {
  return text.startsWith("'") && isFormula(text) ? text.slice(1) : text;
}

function isFormula(text: string): boolean {
  return FORMULA.test(text) && !NUMBER.test(text);
}
