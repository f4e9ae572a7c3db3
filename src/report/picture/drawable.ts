import { printable } from '../text.ts';

/** What no XML document may have, escaped or not (XML 1.0, 2.2), beside what `printable` leaves out. */
const NO_CHARACTERS = /[\uFFFE\uFFFF]/g;

/** A line of a picture, whatever a name has in it: so many letters at most. */
export function drawable(text: string, most = Number.POSITIVE_INFINITY): string {
  // Through UTF-8: half a surrogate pair becomes a replacement character.
  const letters = [...Buffer.from(printable(text)).toString().replace(NO_CHARACTERS, '')];
  return letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : letters.join('');
}

export function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
