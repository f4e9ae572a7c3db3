import type { Registries } from '../registry/registries.ts';
import { CONCAT_ALL } from '../results/encoder-names.ts';
import type { Titles } from './titles.ts';

/**
 * What tables call things, in registry order. What no registry has is its own title and stands behind, so that a page depends on its rows
 * alone.
 */
export function titlesOf(registries: Registries): Titles {
  const encoders = titled(registries.models);
  encoders.delete(CONCAT_ALL);
  return { encoders, datasets: titled(registries.datasets) };
}

function titled(entries: ReadonlyMap<string, { readonly title?: string | undefined }>): Map<string, string> {
  return new Map([...entries].map(([key, { title }]) => [key, title ?? key]));
}
