import { HarnessError } from '../errors.ts';
import { didYouMean } from '../registry/names.ts';

/** What types promise and JavaScript does not. All throw OPTION with the option's name. */

/** One of the choices. */
export function checkChoice(name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new HarnessError('OPTION', { where: name, what: `${JSON.stringify(value)} is none of its values.${didYouMean(String(value), choices)}`, mend: `It takes ${choices.join(', ')}.` });
}

/** A whole number of at least `min`, where there is one. */
export function checkWhole(name: string, value: number | undefined, min: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= min)) return;
  throw new HarnessError('OPTION', { where: name, what: `It takes a whole number of at least ${min}, got ${JSON.stringify(value)}.` });
}

/** Strings alone, and at least one. */
export function checkTexts(name: string, texts: readonly string[]): void {
  if (!Array.isArray(texts) || texts.length === 0) throw new HarnessError('OPTION', { where: name, what: 'It takes an array of at least one string.' });
  const wrong = texts.findIndex((text) => typeof text !== 'string');
  if (wrong !== -1) throw new HarnessError('OPTION', { where: `${name}[${wrong}]`, what: `It is no string (${JSON.stringify(texts[wrong])}).` });
}
