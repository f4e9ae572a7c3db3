import { readFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../../src/home.ts';
import type { Scheme, SchemeName } from '../../src/tags/letters.ts';
import type { Span } from '../../src/tags/spans.ts';

type Pair = readonly [number, number];

interface Resampled {
  readonly value: number;
  readonly interval: Pair;
  readonly difference: number;
  readonly of_difference: Pair;
  readonly p: number;
}

export interface TagCase {
  readonly gold: number[][];
  readonly first: number[][];
  readonly second: number[][];
  readonly resamples: number;
  readonly accuracy: number;
  readonly macro_f1: number;
  readonly macro_f1_no_o: number | null;
  readonly spans: Resampled;
  readonly words: Resampled;
  readonly all_words: Resampled;
}

/** Results of scikit-learn and numpy on small corpora; made by tags.py in the folder of the file. Class 0 is O. */
export const TAGS = JSON.parse(readFileSync(path.join(packageRoot(), 'test', 'tags', 'fixtures', 'tags.json'), 'utf8')) as {
  readonly classes: readonly string[];
  readonly cases: readonly TagCase[];
};

export function typed(name: SchemeName): Scheme {
  return { name, bare: false };
}

/** `PER 0 2`: type, first word, index after the last word. */
export function written(spans: readonly Span[]): string[] {
  return spans.map(({ type, from, to }) => `${type} ${from} ${to}`);
}

/** Tags of a line, with blanks between. */
export function tags(line: string): string[] {
  return line === '' ? [] : line.split(' ');
}
