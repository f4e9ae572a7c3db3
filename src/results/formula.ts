/**
 * Spreadsheets run a cell that begins with = + - @, tab or carriage return as a formula. Such a cell is written with a leading ', as with
 * csv-stringify's `escape_formulas`, but reversibly: a text that already begins with ' gets one more. Plain numbers (-1.0) are not formulas
 * and stay numbers.
 */
const FORMULA = /^'*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/;
const NUMBER = /^'*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/;

/** The text as it is written. */
export function guardFormula(text: string): string {
  return isFormula(text) ? `'${text}` : text;
}

/** The original text; undoes `guardFormula`. */
export function unguardFormula(text: string): string {
  return text.startsWith("'") && isFormula(text) ? text.slice(1) : text;
}

function isFormula(text: string): boolean {
  return FORMULA.test(text) && !NUMBER.test(text);
}
