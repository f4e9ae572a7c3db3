import type { NameCount } from '../datasets/check-classes.ts';
import { printable } from './text.ts';

/** Names listed; more are counted. */
export const SHOWN = 5;
/** Characters shown of a name or a text. */
const NAME_LETTERS = 40;
export const TEXT_LETTERS = 60;

export function nameCount({ name, texts }: NameCount): string {
  return `${short(name)} (${texts})`;
}

export function bounded(words: readonly string[], separator = ', '): string {
  const more = words.length - SHOWN;
  return `${words.slice(0, SHOWN).join(separator)}${more > 0 ? ` and ${more} more` : ''}`;
}

export function short(text: string, letters = NAME_LETTERS): string {
  const shown = printable(text);
  return shown.length <= letters ? shown : `${[...shown].slice(0, letters).join('')}…`;
}

export function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(2)}%`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
