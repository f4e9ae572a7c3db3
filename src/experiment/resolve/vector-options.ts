import type { RunRequest } from '../request.ts';
import type { Settings } from '../settings.ts';
import { ascending, unique } from './values.ts';

/** How pairs are encoded, words pooled, and how many words are used, if requested. */
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

/** Full vectors first, then ascending; only full ones without the option. */
export function dimsOf({ dim }: Pick<RunRequest, 'dim'>): Pick<Settings, 'dims'> {
  if (dim === undefined) return {};
  const full = dim.includes('full') ? (['full'] as const) : [];
  const cut = ascending(dim.filter((each) => each !== 'full'));
  return cut.length === 0 ? {} : { dims: [...full, ...cut] };
}
