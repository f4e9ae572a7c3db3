import type { Ranking } from '../../estimators/ranked.ts';
import type { EstimateRow } from '../../results/estimates.ts';
import type { RankedRecord } from '../../results/run-record.ts';
import { standings } from '../../statistics/ties.ts';
import { rankLines, scoreText } from '../rank-lines.ts';
import { listOfRanking } from './of-ranking.ts';
import type { RankedLine, RankedList } from './ranked-list.ts';
import { rankedEstimates } from './ranked-lists.ts';

/** The tests of a ranking, kept with its estimates: those have scores and intervals, from which ties can only be estimated. */

export function recordOfRanking(ranking: Ranking): RankedRecord {
  const { dataset, corpus, by, test } = listOfRanking(ranking);
  return {
    dataset,
    by,
    sample: corpus.sample,
    test: test as RankedRecord['test'],
    encoders: rankLines(ranking).map(({ encoder, pooling: { pooling, layers, dim }, score, p }) => ({
      encoder: encoder.encoder,
      pooling,
      layers,
      dim: dim === undefined ? '' : String(dim),
      score: scoreText(score).replace('−', '-'),
      p: p ?? null,
    })),
  };
}

export interface EstimatedLists {
  readonly lists: readonly RankedList[];
  /** Those that a ranking has given as its answer. */
  readonly answers: ReadonlySet<RankedList>;
}

/**
 * Lists of estimates, with the tests of the rankings that they come from. A list that has since got other encoders, or other scores of
 * these, keeps the tests that its intervals allow.
 */
export function estimatedLists(rows: readonly EstimateRow[], records: readonly RankedRecord[]): EstimatedLists {
  const named = new Set(
    records.flatMap(({ dataset, by, sample, encoders }) => encoders.map((each) => placeKey({ dataset, sample, estimator: by, ...each }))),
  );
  // Of equally good poolings, the one that the ranking named.
  const preferred = rows.toSorted((a, b) => Number(named.has(placeKey(b))) - Number(named.has(placeKey(a))));
  const answers = new Set<RankedList>();
  const lists = rankedEstimates(preferred).map((list): RankedList => {
    const record = records.find(({ dataset, by, sample }) => dataset === list.dataset && by === list.by && sample === list.corpus.sample);
    const found = record && answerIn(list, record);
    if (found === undefined) return list;
    answers.add(found);
    return found;
  });
  return { lists, answers };
}

/** The list with the tests of a ranking, if it has only these encoders; undefined if they are not in it. */
function answerIn(list: RankedList, { test, encoders }: RankedRecord): RankedList | undefined {
  const places = standings(encoders.map(({ p }) => p ?? undefined));
  const lines = encoders.flatMap(({ encoder, score, p }, at): RankedLine[] => {
    // Scores without a test have a unit of their own, and are rounded otherwise.
    const line = list.lines.find((each) => each.encoder === encoder && (test === 'none' || each.score === score));
    return line === undefined ? [] : [{ ...line, ...places[at]!, p: p ?? undefined }];
  });
  if (lines.length < encoders.length) return undefined;
  return test === 'none' || lines.length < list.lines.length ? list : { ...list, test, lines };
}

type PlaceColumn = 'dataset' | 'estimator' | 'sample' | 'encoder' | 'pooling' | 'layers' | 'dim';

function placeKey({ dataset, estimator, sample, encoder, pooling, layers, dim }: Pick<EstimateRow, PlaceColumn>): string {
  return JSON.stringify([dataset, estimator, sample, encoder, pooling, layers, dim]);
}
