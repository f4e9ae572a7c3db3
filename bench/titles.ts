import { CONCAT_ALL, type Titles } from '../src/report/titles.ts';
import type { Inputs } from './inputs.ts';

interface Named {
  readonly name: string;
}

/** What tables call things, in registry order, one's own behind. */
export function titlesOf(inputs: Pick<Inputs, 'models' | 'datasets'>, { encoders, datasets }: { readonly encoders: readonly Named[]; readonly datasets: readonly Named[] }): Titles {
  const encoderTitles = titled(inputs.models, encoders);
  encoderTitles.delete(CONCAT_ALL);
  return { encoders: encoderTitles, datasets: titled(inputs.datasets, datasets) };
}

function titled(entries: ReadonlyMap<string, { readonly title?: string | undefined }>, own: readonly { readonly name: string }[]): Map<string, string> {
  const titles = new Map([...entries].map(([key, { title }]) => [key, title ?? key]));
  for (const { name } of own) if (!titles.has(name) && !name.includes('@')) titles.set(name, name);
  return titles;
}
