import { CONCAT_ALL } from '../src/results/encoder-names.ts';
import type { Titles } from '../src/report/titles.ts';
import type { Inputs } from './inputs.ts';

/** What tables call things, in registry order. What no registry has is its own title and stands behind, so that a page depends on its rows alone. */
export function titlesOf(inputs: Pick<Inputs, 'models' | 'datasets'>): Titles {
  const encoders = titled(inputs.models);
  encoders.delete(CONCAT_ALL);
  return { encoders, datasets: titled(inputs.datasets) };
}

function titled(entries: ReadonlyMap<string, { readonly title?: string | undefined }>): Map<string, string> {
  return new Map([...entries].map(([key, { title }]) => [key, title ?? key]));
}
