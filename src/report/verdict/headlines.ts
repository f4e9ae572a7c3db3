import { groupBy } from '../../group-by.ts';
import type { RankedList } from './ranked-list.ts';

/** Order of preference of estimators for a dataset without results: those that predict classes or numbers first. */
const ESTIMATORS = ['linear-probe', 'knn', 'ridge', 'cosine', 'centroid', 'consistency'];

/**
 * The list that answers for each dataset and label field: the one that compares the most encoders; of several, fine-tuned before frozen
 * encoders, results before estimates, and the first search setting.
 */
export function headlines(lists: readonly RankedList[]): RankedList[] {
  return [...groupBy(lists, ({ dataset, target }) => JSON.stringify([dataset, target])).values()].map(
    (own) => own.toSorted((a, b) => encoders(b) - encoders(a) || order(a) - order(b))[0]!,
  );
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
