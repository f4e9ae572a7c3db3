import { readFileSync } from 'node:fs';
import { shared, unlessShared } from '../shared.ts';

type Triple = readonly [number, number, number];
type SharedSpan = readonly [string, number, number];

interface Lenient {
  /** [sentences][spans] type, first word, last word. */
  readonly gold_spans: SharedSpan[][];
  readonly predicted_spans: SharedSpan[][];
  /** Precision, recall, F1. */
  readonly micro: Triple;
  readonly macro: readonly (number | null)[];
}

export interface SharedCase {
  readonly name: string;
  readonly gold: string[][];
  readonly predicted: string[][];
  readonly lenient: Lenient;
}

const PARTS = ['tasks', 'oracles', 'spans.json'];

export const SHARED_SPANS = unlessShared(...PARTS);

/** Results of seqeval 1.2.2 on constructed and random tags. */
export function sharedSpans(): SharedCase[] {
  return (JSON.parse(readFileSync(shared(...PARTS), 'utf8')) as { cases: SharedCase[] }).cases;
}
