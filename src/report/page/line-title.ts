import { encoderName, tunedName } from './cells.ts';
import type { PageData } from './data.ts';
import { el, foreign } from './dom.ts';

/** An encoder at the head of a row; behind it, in a quieter colour, what it was fine-tuned for. */
export function lineTitle(data: PageData, { encoder, objective }: { readonly encoder: string; readonly objective: string }): HTMLElement {
  const tuned = objective !== '' && el('span', { class: 'muted' }, ' ', foreign(tunedName(data, objective)));
  return el('span', {}, foreign(encoderName(data, encoder)), tuned);
}
