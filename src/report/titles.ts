import { CONCAT_ALL, splitCut } from '../results/encoder-names.ts';
import { natural } from '../results/order.ts';

/** Titles of encoders and datasets, and their order: key → title, in registry order. A missing key is its own title and comes last. */
export interface Titles {
  readonly encoders: ReadonlyMap<string, string>;
  readonly datasets: ReadonlyMap<string, string>;
}

export const NO_TITLES: Titles = { encoders: new Map(), datasets: new Map() };

export function encoderTitle(titles: Titles, key: string): string {
  const known = titles.encoders.get(key);
  if (known !== undefined) return known;
  if (key === CONCAT_ALL) return 'concat all models';
  const { base, cut } = splitCut(key);
  const title = titles.encoders.get(base);
  return title === undefined || cut === '' ? key : `${title}@${cut}`;
}

export function datasetTitle(titles: Titles, key: string): string {
  return titles.datasets.get(key) ?? key;
}

/** Registry order; a truncated encoder follows the full one; the concatenation is last. */
export function compareEncoders(titles: Titles): (a: string, b: string) => number {
  const order = [...titles.encoders.keys()];
  const place = (key: string): number => {
    if (key === CONCAT_ALL) return Number.MAX_SAFE_INTEGER;
    const at = order.indexOf(key);
    const found = at < 0 ? order.indexOf(splitCut(key).base) : at;
    return found < 0 ? order.length : found;
  };
  return (a, b) => place(a) - place(b) || natural(a, b);
}

/** Registry order. */
export function compareDatasets(titles: Titles): (a: string, b: string) => number {
  const order = [...titles.datasets.keys()];
  const place = (key: string): number => (order.includes(key) ? order.indexOf(key) : order.length);
  return (a, b) => place(a) - place(b) || natural(a, b);
}
