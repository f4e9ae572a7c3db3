import { el, type Child } from './dom.ts';

/** Numbers as the page writes them. */

export function minus(text: string): string {
  return text.replace(/^-/, '−');
}

export function interval(low: string, high: string): Child {
  return low === '' || high === '' ? el('span', { class: 'muted' }, '–') : el('span', { class: 'muted' }, `${minus(low)} – ${minus(high)}`);
}

export function pText(p: number | undefined): string {
  return p === undefined ? '–' : p < 0.0001 ? '< 0.0001' : p.toFixed(4);
}

/** Three significant digits: `12.3`, `0.512`, `1,230`. */
export function threeDigits(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en', { maximumSignificantDigits: 3 });
}
