import { CONCAT_ALL, splitCut } from '../results/encoder-names.ts';
import { natural } from '../results/order.ts';

/**
 * What tables call encoders and datasets, and in which order they stand: key → title, in the order of the registries.
 * A key that is not there is its own title and stands behind those that are.
 */
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

/** Registry order; an encoder cut after a layer follows the whole one; the concatenation is last. */
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
