import { HarnessError } from '../errors.ts';
import { CONFIDENCE, type BootstrapOptions } from './bootstrap.ts';
import type { Outcomes } from './outcomes.ts';
import { middle } from './quantile.ts';
import { Resampler } from './resample.ts';
import { Tally, type Tallied } from './tally.ts';

/** A p-value cannot be below 1 / (resamples + 1), and Holm multiplies it by the size of the table. */
const RESAMPLES = 10_000;

export interface PairedParams {
  readonly first: Outcomes;
  /** Of the same texts. */
  readonly second: Outcomes;
  readonly score: Tallied;
  /** Resamples [resamples, n] to take in place of drawn ones. */
  readonly indices?: Int32Array | undefined;
}

/** How two scores of the same texts differ, as fractions. */
export interface Difference {
  /** Second less first. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** Two-sided. */
  readonly p: number;
}

/**
 * The difference of two scores over the same resamples of the texts. p: how often a resample's difference is at least as far from
 * the observed one as that is from none, i.e. the distribution is shifted to no difference (Efron and Tibshirani 1993, chapter 16;
 * the observed difference counts as one resample, so that p is never 0). Throws SHAPE where the texts are not the same.
 */
export function pairedBootstrap({ first, second, score, indices }: PairedParams, { resamples = RESAMPLES, seed = 1, confidence = CONFIDENCE }: BootstrapOptions = {}): Difference {
  checkSameTexts(first, second);
  const [a, b] = [new Tally(first), new Tally(second)];
  const n = a.kinds.length;
  const scorer = { a: scoreOf(a, score), b: scoreOf(b, score) };
  const observed = scorer.b(undefined) - scorer.a(undefined);
  const count = indices === undefined ? resamples : indices.length / n;
  const resampler = new Resampler(seed);
  const drawn = new Int32Array(n);
  const differences = new Float64Array(count);
  let extreme = 0;
  for (let i = 0; i < count; i++) {
    let rows: Int32Array = drawn;
    if (indices === undefined) resampler.draw(drawn, n);
    else rows = indices.subarray(i * n, (i + 1) * n);
    const difference = scorer.b(rows) - scorer.a(rows);
    differences[i] = difference;
    if (Math.abs(difference - observed) >= Math.abs(observed) - ROUNDING) extreme++;
  }
  return { difference: observed, ...middle(differences, confidence), p: Math.min(1, (extreme + 1) / (count + 1)) };
}

/** Differences of counts that are equal come out of divisions unequal in the last digits. */
const ROUNDING = 1e-12;

/** Score of some texts of a tally, of all where left out. */
function scoreOf(tally: Tally, score: Tallied): (rows: Int32Array | undefined) => number {
  const { kinds, size } = tally;
  const counts = new Float64Array(size);
  const scores = { accuracy: 0, microF1: 0, macroF1: 0 };
  return (rows) => {
    counts.fill(0);
    for (let i = 0; i < kinds.length; i++) counts[kinds[rows === undefined ? i : rows[i]!]!]!++;
    tally.score(counts, kinds.length, scores);
    return scores[score];
  };
}

function checkSameTexts(first: Outcomes, second: Outcomes): void {
  const same = first.kind === second.kind && first.classes === second.classes && first.truth.length === second.truth.length
    && Array.from(first.truth as ArrayLike<unknown>).every((is, i) => String(is) === String(second.truth[i]));
  if (!same) throw new HarnessError('SHAPE', { what: 'Two scores are compared text by text, and their texts are not the same.' });
}
