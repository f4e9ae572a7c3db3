import { encoderName, tunedName, type Named } from './cells.ts';
import type { PageData } from './data.ts';
import { el, foreign } from './dom.ts';

/** An encoder as a row header, followed by its variant and objective in a muted colour. */
export function lineTitle(data: PageData, { encoder, objective, variant }: Named): HTMLElement {
  const more = [variant, tunedName(data, objective)].filter((part) => part !== '');
  return el('span', {}, foreign(encoderName(data, encoder)), ...more.map((part) => el('span', { class: 'muted' }, ' ', foreign(part))));
}
