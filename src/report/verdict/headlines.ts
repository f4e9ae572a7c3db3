import { groupBy } from '../../group-by.ts';
import type { RankedList } from './ranked-list.ts';

/** Estimators in the order in which they answer for a dataset that has no results: those that predict classes or numbers first. */
const ESTIMATORS = ['linear-probe', 'knn', 'ridge', 'cosine', 'centroid', 'consistency'];

/**
 * The list that answers for each dataset and label field: the one that compares the most encoders; of such fine-tuned encoders before
 * frozen ones, results before estimates, and of several settings of the search the first.
 */
export function headlines(lists: readonly RankedList[]): RankedList[] {
  return [...groupBy(lists, ({ dataset, target }) => JSON.stringify([dataset, target])).values()].map(
    (own) => own.toSorted((a, b) => encoders(b) - encoders(a) || order(a) - order(b))[0]!,
  );
}

/**
 * Lists of the same dataset by other settings of the search than those of its answer, and which of them come to other encoders: what an
 * answer for one k has to say of the others.
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
