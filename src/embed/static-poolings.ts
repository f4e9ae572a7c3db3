import { HarnessError, option } from '../errors.ts';
import { hasPooling, type Depth, type Pooling } from './vectors.ts';

/** The requested poolings that a static encoder does not support, as a sentence; undefined if it supports all. */
export function poolingsLeftOut(poolings: readonly Pooling[], encoder: Depth): string | undefined {
  const lacking = poolings.filter((pooling) => !hasPooling(pooling, encoder));
  if (lacking.length === 0) return undefined;
  return `It is a static encoder, without layers and without a [CLS] token: it has no ${listed(lacking)}.`;
}

/** Throws OPTION if a static encoder supports none of the requested poolings. */
export function checkPoolings(poolings: readonly Pooling[], encoder: Depth & { readonly name: string }): void {
  const what = poolingsLeftOut(poolings, encoder);
  if (what === undefined || poolings.some((pooling) => hasPooling(pooling, encoder))) return;
  throw noPooling(encoder.name, what);
}

/** The error for a static encoder and poolings that it does not support. */
export function noPooling(name: string, what: string): HarnessError {
  return new HarnessError('OPTION', {
    where: `${option('pooling')} (${name})`,
    what,
    hint: 'Give mean, max, last, weighted-mean, word-mean or as-published.',
  });
}

function listed(words: readonly string[]): string {
  return words.length === 1 ? words[0]! : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
