import { ALPHA } from '../statistics/holm.ts';
import type { TableSet } from './tables.ts';
import { listed } from './text.ts';
import type { TieTest } from './ties.ts';

/** What the mark ° means: how scores were compared, whether that is conclusive, and where no test was possible. */
export function tieNotes({ tables, fineTuned }: TableSet): string[] {
  const all = [...tables, ...fineTuned].flatMap(({ ties }) => ties ?? []);
  const tests = TESTS.filter(([test]) => all.some((ties) => ties.tests.has(test))).map(([, words]) => words);
  const tied = [...tables, ...fineTuned].some(({ rows }) =>
    rows.some(({ cells }) => cells.some((cell) => cell.kind === 'score' && cell.tied)),
  );
  const counts = all.flatMap(({ comparisons }) => comparisons);
  const unknown = distinct(all.flatMap(({ untested }) => untested['no predictions']));
  const few = distinct(all.flatMap(({ untested }) => untested['few seeds']));
  return [
    ...(counts.length === 0
      ? []
      : [
          `${tied ? `°: not significantly different from the best of its column (p ≥ ${ALPHA})` : `Every score but the best of its column is significantly different from it (p < ${ALPHA})`}: ${againstBestWords(listed(tests), counts)}.`,
        ]),
    ...(all.some(({ oneSeed }) => oneSeed)
      ? [
          'Fine-tuned encoders with one seed are compared as trained, on new texts: another seed might order the objectives ' +
            'differently.',
        ]
      : []),
    ...(unknown.length === 0 ? [] : [`Not tested, for want of predictions that fit the scores: ${unknown.join('; ')}.`]),
    ...(few.length === 0 ? [] : [`Not tested, as objectives with several seeds need at least three each: ${few.join('; ')}.`]),
  ];
}

/** `exact McNemar tests against the best, Holm-corrected (3 comparisons)`; for several columns the number in each. */
export function againstBestWords(tests: string, comparisons: readonly number[], each = 'column'): string {
  const [least, most] = [Math.min(...comparisons), Math.max(...comparisons)];
  const count = `${least === most ? most : `${least} to ${most}`} ${most === 1 ? 'comparison' : 'comparisons'}`;
  return `${tests} against the best, Holm-corrected (${count}${comparisons.length > 1 ? ` per ${each}` : ''})`;
}

export const MCNEMAR_TESTS = 'exact McNemar tests';
export const SENTENCE_TESTS = 'paired bootstrap tests over sentences';
export const NUMBER_TESTS = "paired bootstrap tests of Spearman's correlation";

const TESTS: readonly (readonly [TieTest, string])[] = [
  ['mcnemar', MCNEMAR_TESTS],
  ['bootstrap', 'paired bootstrap tests of F1 over classes or labels'],
  ['numbers', 'paired bootstrap tests of scores of numbers'],
  ['sentences', SENTENCE_TESTS],
  ['seeds', 'paired bootstrap tests over texts and seeds of means of several seeds'],
];

/** The same for lists, which may have only intervals. */
export const TIE_TESTS: ReadonlyMap<string, string> = new Map<string, string>([
  ...TESTS,
  ['unpaired', 'tests from the intervals (predictions are missing)'],
]);

function distinct(words: readonly string[]): string[] {
  return [...new Set(words)];
}
