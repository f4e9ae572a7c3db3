import type { PoolingEstimates, Ranking } from '../../estimators/ranked.ts';
import { testOf, type ListOutcomes } from '../../statistics/ties.ts';
import { boundText, rankLines, scoreText } from '../rank-lines.ts';
import type { RankedLine, RankedList } from './ranked-list.ts';

/** Names of estimators' tests in lists of results. */
const TESTS = { mcnemar: 'mcnemar', bootstrap: 'numbers', sentences: 'sentences' } as const;

/** A ranking by its estimator, as the list that answers for its dataset. */
export function listOfRanking(ranking: Ranking): RankedList {
  const lines = rankLines(ranking);
  const outcomes = lines.map(({ score }) => score.outcomes);
  const known = lines.length > 1 && !outcomes.includes(undefined);
  return {
    dataset: ranking.dataset,
    target: '',
    corpus: { hash: '', sample: lines[0]?.encoder.sample ?? '', count: lines[0]?.encoder.texts ?? 0 },
    about: '',
    settings: '',
    by: ranking.by,
    protocol: '',
    split: '',
    test: known ? TESTS[testOf(outcomes as ListOutcomes[])] : 'none',
    percent: outcomes.every((each) => each !== undefined && each.kind !== 'numbers'),
    lines: lines.map(({ encoder, pooling, score, interval, p, rank, tied }): RankedLine => ({
      encoder: encoder.encoder,
      objective: '',
      variant: '',
      place: [poolingWords(pooling), encoder.prompt ? `prompt ${encoder.prompt}` : ''].filter((words) => words !== '').join(', '),
      score: scoreText(score),
      low: interval === undefined ? '' : boundText(score, interval.low),
      high: interval === undefined ? '' : boundText(score, interval.high),
      seeds: 1,
      deviation: '',
      epochs: '',
      rank,
      tied,
      p,
    })),
  };
}

/** `mean`, `layermean 0..L`, `mean, dim 64`. */
export function poolingWords({ pooling, layers, dim, pair, wordPooling }: PoolingEstimates): string {
  const more = [dim === undefined ? '' : `dim ${dim}`, pair ?? '', wordPooling ?? ''].filter((word) => word !== '');
  return [layers === 'last' ? pooling : `${pooling} ${layers}`, ...more].join(', ');
}
