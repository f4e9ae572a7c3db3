import { HarnessError, shown } from '../errors.ts';
import { didYouMean } from '../registry/names.ts';

/** Checks of what types promise but JavaScript does not enforce. All throw OPTION with the option's name. */

/**
 * Rejects unknown option names: otherwise the default of a mistyped one would be used silently. `known`: all names, in the order of their
 * list.
 */
export function checkNames(options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new HarnessError('OPTION', { where: 'options', what: `It takes an object, got ${shown(options)}.` });
  }
  const wrong = Object.keys(options).find((name) => !known.includes(name));
  if (wrong !== undefined) {
    throw new HarnessError('OPTION', {
      where: wrong,
      what: `Unknown option.${didYouMean(wrong, known)}`,
      hint: `Options: ${known.join(', ')}.`,
    });
  }
}

/** Checks for a plain object: values from JSON or typed by hand may be anything. */
export function checkObject(name: string, value: unknown): asserts value is Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  throw new HarnessError('OPTION', { where: name, what: `It takes an object, got ${shown(value)}.` });
}

/** A list, if given. */
export function checkList(name: string, value: unknown): void {
  if (value === undefined || Array.isArray(value)) return;
  throw new HarnessError('OPTION', { where: name, what: `It takes an array, got ${shown(value)}.` });
}

/** Anything with a length and indices: an array or a typed array. */
export function checkColumn(name: string, value: unknown): void {
  if (typeof value === 'object' && value !== null && 'length' in value && typeof value.length === 'number') return;
  throw new HarnessError('OPTION', { where: name, what: `It takes an array, got ${shown(value)}.` });
}

/** A string, if given. */
export function checkText(name: string, value: unknown): void {
  if (value === undefined || typeof value === 'string') return;
  throw new HarnessError('OPTION', { where: name, what: `It takes a string, got ${shown(value)}.` });
}

/** One of the choices. */
export function checkChoice(name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new HarnessError('OPTION', {
    where: name,
    what: `${JSON.stringify(value)} is not a valid value.${didYouMean(String(value), choices)}`,
    hint: `It takes ${choices.join(', ')}.`,
  });
}

/** An integer of at least `min`, if given. */
export function checkWhole(name: string, value: number | undefined, min: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= min)) return;
  throw new HarnessError('OPTION', { where: name, what: `It takes a whole number of at least ${min}, got ${JSON.stringify(value)}.` });
}

/** Strings only, and at least one. */
export function checkTexts(name: string, texts: readonly string[]): void {
  if (!Array.isArray(texts) || texts.length === 0)
    throw new HarnessError('OPTION', { where: name, what: 'It takes an array of at least one string.' });
  const wrong = texts.findIndex((text) => typeof text !== 'string');
  if (wrong !== -1)
    throw new HarnessError('OPTION', { where: `${name}[${wrong}]`, what: `It is not a string (${JSON.stringify(texts[wrong])}).` });
}
