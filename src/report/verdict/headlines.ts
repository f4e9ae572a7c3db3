import { groupBy } from '../../group-by.ts';
import type { RankedList } from './ranked-list.ts';

/**
 * Order of preference of estimators if it is unknown which one was asked for: k-NN, the default, then others that predict classes or
 * numbers.
 */
const ESTIMATORS = ['knn', 'linear-probe', 'ridge', 'cosine', 'centroid', 'consistency'];

export interface HeadlinesParams {
  /** The estimator that was asked for. */
  readonly by?: string | undefined;
  /** Lists that a ranking has given as its answer. */
  readonly answers?: ReadonlySet<RankedList> | undefined;
}

/**
 * The list that answers for each dataset and label field: the one that compares the most encoders; of several, fine-tuned before frozen
 * encoders, results before estimates, and the first search setting. Of several estimates, the answer that a ranking gave, or the estimator
 * that was asked for.
 */
export function headlines(lists: readonly RankedList[], { by, answers = new Set() }: HeadlinesParams = {}): RankedList[] {
  const asked = (list: RankedList): number => (answers.has(list) ? 0 : list.by === by ? 1 : 2);
  return [...groupBy(lists, ({ dataset, target }) => JSON.stringify([dataset, target])).values()].map((own) => {
    const estimated = own.filter(isEstimated).toSorted((a, b) => asked(a) - asked(b) || preference(a, b));
    return [...own.filter((list) => !isEstimated(list)), ...estimated.slice(0, 1)].toSorted(preference)[0]!;
  });
}

/** Most encoders first. */
function preference(a: RankedList, b: RankedList): number {
  return encoders(b) - encoders(a) || order(a) - order(b);
}

function isEstimated({ by }: RankedList): boolean {
  return by !== 'fine-tuned' && by !== 'results';
}

/**
 * Lists of the same dataset with other search settings than its answer, and which of them have other best encoders: what an answer for one
 * k must say about other values.
 */
export function otherSettings(
  answer: RankedList,
  lists: readonly RankedList[],
): { readonly all: readonly RankedList[]; readonly differing: readonly RankedList[] } {
  const all = lists.filter(
    (list) => list !== answer && list.dataset === answer.dataset && list.target === answer.target && list.by === answer.by,
  );
  return { all, differing: all.filter((list) => leaders(list) !== leaders(answer)) };
}

function leaders({ lines }: RankedList): string {
  return JSON.stringify(
    lines
      .filter(({ rank }) => rank === 1)
      .map(({ encoder }) => encoder)
      .toSorted(),
  );
}

function encoders({ lines }: RankedList): number {
  return new Set(lines.map(({ encoder }) => encoder)).size;
}

function order({ by }: RankedList): number {
  if (by === 'fine-tuned') return 0;
  if (by === 'results') return 1;
  const at = ESTIMATORS.indexOf(by);
  return 2 + (at < 0 ? ESTIMATORS.length : at);
}
