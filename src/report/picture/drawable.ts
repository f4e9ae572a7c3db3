import { printable } from '../text.ts';

/** Characters not allowed in XML, escaped or not (XML 1.0, 2.2), other than those that `printable` removes. */
const NO_CHARACTERS = /[\uFFFE\uFFFF]/g;

/** A line of a plot, safe whatever a name contains: truncated to `most` characters. */
export function drawable(text: string, most = Number.POSITIVE_INFINITY): string {
  // Encoded as UTF-8: an unpaired surrogate becomes a replacement character.
  const letters = [...Buffer.from(printable(text)).toString().replace(NO_CHARACTERS, '')];
  return letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : letters.join('');
}

export function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
