import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_TITLES } from '../../../src/report/titles.ts';
import { headlines, type HeadlinesParams } from '../../../src/report/verdict/headlines.ts';
import type { RankedLine, RankedList } from '../../../src/report/verdict/ranked-list.ts';
import { verdictSentence } from '../../../src/report/verdict/sentence.ts';

const line = (encoder: string, score: string, more: Partial<RankedLine> = {}): RankedLine => ({
  encoder,
  objective: '',
  variant: '',
  place: 'mean',
  score,
  low: '',
  high: '',
  seeds: 1,
  epochs: '',
  deviation: '',
  rank: 1,
  tied: false,
  p: undefined,
  ...more,
});
const list = (lines: readonly RankedLine[], more: Partial<RankedList> = {}): RankedList => ({
  dataset: 'tickets',
  target: '',
  settings: '',
  corpus: { hash: 'h', sample: '', count: 100 },
  about: '',
  by: 'results',
  protocol: 'leave-one-out',
  split: 'all',
  score: 'micro_f1',
  test: 'mcnemar',
  percent: true,
  lines,
  ...more,
});
const said = (lines: readonly RankedLine[], more: Partial<RankedList> = {}): string =>
  verdictSentence(list(lines, more), { encoders: new Map([['b', 'Bee']]), datasets: NO_TITLES.datasets });
const best = line('a', '94.95', { low: '93.30', high: '96.60', p: 1 });

test('verdict: one encoder is no contest, its score is said', () => {
  assert.equal(said([best], { test: 'none' }), 'a (mean) scores micro-F1 94.95 [93.30, 96.60] on tickets.');
});

test('verdict: significantly better than the other, than all others, tied with some, with many', () => {
  const [near, far] = [line('b', '94.10', { tied: true, p: 0.4 }), line('c', '60.00', { p: 0.0213 })];
  assert.equal(
    said([best, far]),
    'a (mean) is best on tickets: micro-F1 94.95 [93.30, 96.60], significantly better than c (60.00, p = 0.021).',
  );
  assert.equal(
    said([best, far, line('d', '50.00', { p: 1e-9 })]),
    'a (mean) is best on tickets: micro-F1 94.95 [93.30, 96.60], significantly better than both others; next is c (60.00, p = 0.021).',
  );
  assert.equal(
    said([{ ...best, tied: true }, near, far]),
    'a (mean) is tied for first on tickets with Bee (94.10): micro-F1 94.95 [93.30, 96.60], not significantly different; the other is significantly worse.',
  );
  assert.match(said([{ ...best, tied: true }, near, near, near, near]), /tied for first on tickets with 4 others: /);
});

test('verdict: scores of other tasks under their names, of several seeds with their spread; nothing is claimed without a test', () => {
  const tuned = line('a', '95.87', { objective: 'cea', place: 'mean, k-NN', seeds: 3, deviation: '0.12' });
  const both = { by: 'fine-tuned' };
  assert.equal(
    said([tuned, best], { ...both, test: 'none' }),
    'a fine-tuned by CEA batch scores highest on tickets: micro-F1 95.87 ± 0.12 (3 seeds); not tested for significance.',
  );
  assert.match(
    said([tuned, { ...best, p: 0.001 }], { ...both, test: 'seeds' }),
    /significantly better than a frozen \(94\.95, p = 0\.001\)\.$/,
  );
  assert.equal(
    said([line('a', '-0.12')], { score: 'spearman', percent: false }),
    "a (mean) scores Spearman's correlation −0.12 on tickets.",
  );
  assert.equal(said([line('a', '41.00')], { score: 'span_f1' }), 'a (mean) scores span F1 41.00 on tickets.');
  assert.equal(said([line('a', '-1.25')], { by: 'logme', score: undefined, percent: false }), 'a (mean) scores LogME −1.25 on tickets.');
});

test('verdict: fine-tuned before frozen, results before estimates, a label field each', () => {
  const all = [
    list([best], { by: 'logme' }),
    list([best]),
    list([best], { about: 'k 3' }),
    list([best], { by: 'fine-tuned' }),
    list([best], { target: 'publisher' }),
    list([best], { dataset: 'e', by: 'hscore' }),
    list([best], { dataset: 'e', by: 'linear-probe' }),
  ];
  assert.deepEqual(
    headlines(all).map(({ dataset, target, by }) => [dataset, target, by]),
    [
      ['tickets', '', 'fine-tuned'],
      ['tickets', 'publisher', 'results'],
      ['e', '', 'linear-probe'],
    ],
  );
});

test('verdict: of estimates, k-NN, or the estimator that was asked for, or the answer of the ranking', () => {
  const [probe, knn, logme] = ['linear-probe', 'knn', 'logme'].map((by) => list([best], { by }));
  const first = (params: HeadlinesParams): string => headlines([probe!, knn!, logme!], params)[0]!.by;
  assert.deepEqual(
    [first({}), first({ by: 'logme' }), first({ by: 'hscore' }), first({ by: 'logme', answers: new Set([probe!]) })],
    ['knn', 'logme', 'knn', 'linear-probe'],
  );
  assert.equal(headlines([knn!, list([best])], { by: 'knn' })[0]!.by, 'results');
});

test('verdict: a variant is a part of the name', () => {
  assert.match(
    said([line('a', '90', { variant: 'q4' }), line('a', '80', { variant: 'fp32', p: 0.01 })], {}),
    /^a q4 \(mean\) is best on tickets: .* significantly better than a fp32 /,
  );
});
