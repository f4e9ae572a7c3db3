import { ALPHA } from '../statistics/holm.ts';
import type { TableSet } from './tables.ts';
import { listed } from './text.ts';
import type { TieTest } from './ties.ts';

/** What the mark ° means: how scores were compared, and of what that says something; and where none could be. */
export function tieNotes({ tables, fineTuned }: TableSet): string[] {
  const all = [...tables, ...fineTuned].flatMap(({ ties }) => ties ?? []);
  const tests = TESTS.filter(([test]) => all.some((ties) => ties.tests.has(test))).map(([, words]) => words);
  const pairs = all.map((ties) => ties.pairs).filter((count) => count > 0);
  const [least, most] = [Math.min(...pairs), Math.max(...pairs)];
  const unknown = distinct(all.flatMap(({ untested }) => untested['no examples']));
  const few = distinct(all.flatMap(({ untested }) => untested['few seeds']));
  return [
    ...(pairs.length === 0 ? [] : [
      `°: not told from the best of its column. Every two scores of a column are compared text by text, ${listed(tests)}; p is adjusted by Holm for all comparisons of the table (${least === most ? least : `${least} to ${most}`}), and below ${ALPHA} is a difference.`,
    ]),
    ...(all.some(({ oneSeed }) => oneSeed) ? ['Fine-tuned encoders of one seed are compared as they were trained, on new texts: another seed might order the objectives otherwise.'] : []),
    ...(unknown.length === 0 ? [] : [`Nothing but the best is marked where a score has no examples that fit it: ${unknown.join('; ')}.`]),
    ...(few.length === 0 ? [] : [`Nothing but the best is marked where objectives have several seeds, and not all of them three or more: ${few.join('; ')}.`]),
  ];
}

const TESTS: readonly (readonly [TieTest, string])[] = [
  ['mcnemar', 'by McNemar’s exact test'],
  ['bootstrap', 'F1 over classes or labels by a paired bootstrap'],
  ['seeds', 'means of several seeds by a paired bootstrap of texts and seeds'],
];

function distinct(words: readonly string[]): string[] {
  return [...new Set(words)];
}
