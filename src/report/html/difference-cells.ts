import type { ResultsDiff } from '../../results/diff.ts';
import type { Row } from '../../results/row.ts';
import type { Difference } from '../page/data.ts';

/** A difference of results as the page has it. */
export function differenceOf({ before, after, cells }: ResultsDiff): Difference {
  return {
    before, after,
    cells: cells.map(({ row, change, before: from, after: to, points, test, adjusted, significant, note }) => ({
      dataset: row.dataset, cell: cellWords(row), change, before: from, after: to, points, test, adjusted, significant, note,
    })),
  };
}

function cellWords({ encoder, concat_norm: norm, pooling, layers, objective, seed, protocol, split, k, metric, votes }: Row): string {
  return [
    encoder, norm, ['', 'last', 'last4'].includes(layers) ? pooling : `${pooling} ${layers}`, objective === '' ? '' : `${objective} seed ${seed}`,
    split === 'all' ? protocol : `${protocol} ${split}`, k === '5' ? '' : `k ${k}`, metric === 'euclidean' ? '' : metric, votes === 'uniform' ? '' : votes,
  ].filter((part) => part !== '').join(' · ');
}
