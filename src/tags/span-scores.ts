import { HarnessError } from '../errors.ts';
import { f1Of, type Agreement } from './agreement.ts';
import type { Span } from './spans.ts';

/** Gold and predicted spans of sentences. */
export interface SpanOutcomes {
  /** [sentences], each in word order, as `spansOf` returns them. */
  readonly gold: readonly (readonly Span[])[];
  /** [sentences] */
  readonly predicted: readonly (readonly Span[])[];
}

/** As fractions. */
export interface PrecisionRecall {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

export interface TypeScores extends PrecisionRecall, Agreement {
  readonly type: string;
}

export interface SpanScores {
  /** Over all spans. */
  readonly micro: PrecisionRecall & Agreement;
  /** Mean over the types in gold and predictions; NaN if there is no type. */
  readonly macro: PrecisionRecall;
  /** Ascending by type. */
  readonly types: readonly TypeScores[];
}

/**
 * A predicted span is a hit if a gold span has the same type, first and last word. With zero denominators the scores are 0: without spans
 * in gold and predictions, precision, recall and F1 are 0, as in seqeval 1.2.2 (zero_division 0) and conlleval; the mean over no types is
 * NaN, as in seqeval. Throws SHAPE if the numbers of sentences differ, DATA if there are none.
 */
export function spanScores({ gold, predicted }: SpanOutcomes): SpanScores {
  checkSentences({ gold, predicted });
  // Types come from a file: a Map, because an object has inherited properties.
  const byType = new Map<string, { hits: number; gold: number; predicted: number }>();
  const of = (type: string): { hits: number; gold: number; predicted: number } => {
    const found = byType.get(type) ?? { hits: 0, gold: 0, predicted: 0 };
    byType.set(type, found);
    return found;
  };
  for (const [sentence, spans] of gold.entries()) {
    for (const { type } of spans) of(type).gold++;
    for (const { type } of predicted[sentence]!) of(type).predicted++;
    for (const { type } of hitsOf(spans, predicted[sentence]!)) of(type).hits++;
  }
  const types = [...byType].map(([type, counts]) => ({ type, ...scored(counts) })).toSorted((a, b) => (a.type < b.type ? -1 : 1));
  const sum = (name: keyof Agreement): number => types.reduce((total, counts) => total + counts[name], 0);
  const mean = (name: keyof PrecisionRecall): number => types.reduce((total, scores) => total + scores[name], 0) / types.length;
  return {
    micro: scored({ hits: sum('hits'), gold: sum('gold'), predicted: sum('predicted') }),
    macro: { precision: mean('precision'), recall: mean('recall'), f1: mean('f1') },
    types,
  };
}

/** Predicted spans of a sentence that are also gold spans. */
export function hitsOf(gold: readonly Span[], predicted: readonly Span[]): readonly Span[] {
  const at = new Map(gold.map((span) => [span.from, span]));
  return predicted.filter((span) => isSame(at.get(span.from), span));
}

export function isSame(a: Span | undefined, b: Span | undefined): boolean {
  return a?.type === b?.type && a?.from === b?.from && a?.to === b?.to;
}

/** Throws as `spanScores` does. */
export function checkSentences({ gold, predicted }: SpanOutcomes): void {
  if (gold.length !== predicted.length) {
    throw new HarnessError('SHAPE', { what: `${predicted.length} predictions for ${gold.length} sentences.` });
  }
  if (gold.length === 0) throw new HarnessError('DATA', { what: 'No sentences to score.' });
}

function scored({ hits, gold, predicted }: Agreement): PrecisionRecall & Agreement {
  return { hits, gold, predicted, precision: share(hits, predicted), recall: share(hits, gold), f1: f1Of({ hits, gold, predicted }) };
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
