import type { Registries } from '../registry/registries.ts';
import { CONCAT_ALL } from '../results/encoder-names.ts';
import type { Titles } from './titles.ts';

/**
 * Titles in tables, in registry order. A key without a registry entry is its own title and comes last, so that a page depends on its rows
 * only.
 */
export function titlesOf(registries: Registries): Titles {
  const encoders = titled(registries.models);
  encoders.delete(CONCAT_ALL);
  return { encoders, datasets: titled(registries.datasets) };
}

function titled(entries: ReadonlyMap<string, { readonly title?: string | undefined }>): Map<string, string> {
  return new Map([...entries].map(([key, { title }]) => [key, title ?? key]));
}
