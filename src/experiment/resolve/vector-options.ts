import type { RunRequest } from '../request.ts';
import type { Settings } from '../settings.ts';
import { ascending, unique } from './values.ts';

/** How pairs are read, how words are pooled, and how many of them are looked at, where somebody asks. */
export function wordsOf({
  pair,
  wordPooling,
  wordsPerClass,
}: Pick<RunRequest, 'pair' | 'wordPooling' | 'wordsPerClass'>): Pick<Settings, 'pairs' | 'wordPoolings' | 'wordsPerClass'> {
  return {
    ...(pair !== undefined && { pairs: unique(pair) }),
    ...(wordPooling !== undefined && { wordPoolings: unique(wordPooling) }),
    ...(wordsPerClass !== undefined && { wordsPerClass }),
  };
}

/** Whole vectors first, then ascending; whole ones alone are what there is without the option. */
export function dimsOf({ dim }: Pick<RunRequest, 'dim'>): Pick<Settings, 'dims'> {
  if (dim === undefined) return {};
  const full = dim.includes('full') ? (['full'] as const) : [];
  const cut = ascending(dim.filter((each) => each !== 'full'));
  return cut.length === 0 ? {} : { dims: [...full, ...cut] };
}
