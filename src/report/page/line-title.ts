import { encoderName, tunedName } from './cells.ts';
import type { PageData } from './data.ts';
import { el, foreign } from './dom.ts';

/** An encoder as a row header, followed by its objective in a muted colour. */
export function lineTitle(data: PageData, { encoder, objective }: { readonly encoder: string; readonly objective: string }): HTMLElement {
  const tuned = objective !== '' && el('span', { class: 'muted' }, ' ', foreign(tunedName(data, objective)));
  return el('span', {}, foreign(encoderName(data, encoder)), tuned);
}
