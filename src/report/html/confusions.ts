import type { ClassOutcomes } from '../../statistics/outcomes.ts';
import type { Confusion } from '../page/data.ts';

/** Confusions kept per result: with hundreds of classes nearly every pair occurs once. */
const MOST_PAIRS = 1000;
/** Number of confusions with example texts, and of texts for each. */
const WITH_TEXTS = 15;
const TEXTS = 3;
/** Marks that no label was predicted. */
const NOTHING = -1;

export type Confusions = Pick<Confusion, 'n' | 'multi' | 'counts' | 'pairs' | 'rest' | 'examples'>;

/**
 * Which classes were predicted for which. For texts with several labels each missed label is paired with each wrongly predicted one, or
 * with none. `rows`: corpus row of each text; omitted if the corpus is not available: then there are no examples.
 */
export function confusionsOf(outcomes: ClassOutcomes, rows: ArrayLike<number> | undefined): Confusions {
  const { truth, classes } = outcomes;
  const counts = Array.from({ length: classes }, (): [number, number, number] => [0, 0, 0]);
  const found = new Map<number, { readonly pair: [number, number, number]; readonly texts: number[] }>();
  const mistake = (is: number, given: number, text: number): void => {
    const key = is * (classes + 1) + given + 1;
    const known = found.get(key) ?? { pair: [is, given, 0], texts: [] };
    found.set(key, known);
    known.pair[2]++;
    if (rows !== undefined && known.texts.length < TEXTS) known.texts.push(rows[text]!);
  };
  for (let text = 0; text < truth.length; text++) {
    const [is, given] =
      outcomes.kind === 'multi'
        ? [outcomes.truth[text]!, outcomes.predicted[text]!]
        : [[outcomes.truth[text]!], [outcomes.predicted[text]!]];
    for (const label of is) counts[label]![0]++;
    for (const label of given) counts[label]![is.includes(label) ? 1 : 2]++;
    const [missed, wrong] = [[...is].filter((label) => !given.includes(label)), [...given].filter((label) => !is.includes(label))];
    for (const label of missed) for (const other of wrong.length === 0 ? [NOTHING] : wrong) mistake(label, other, text);
  }
  const all = [...found.values()].toSorted((a, b) => b.pair[2] - a.pair[2] || a.pair[0] - b.pair[0] || a.pair[1] - b.pair[1]);
  return {
    n: truth.length,
    multi: outcomes.kind === 'multi',
    counts,
    pairs: all.slice(0, MOST_PAIRS).map(({ pair }) => pair),
    rest: all.slice(MOST_PAIRS).reduce((sum, { pair }) => sum + pair[2], 0),
    examples: rows === undefined ? [] : all.slice(0, WITH_TEXTS).map(({ texts }) => texts),
  };
}
