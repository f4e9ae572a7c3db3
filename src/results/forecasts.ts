import { groupBy } from '../group-by.ts';
import type { Forecast } from '../statistics/agreement.ts';
import type { CostRow } from './costs.ts';
import type { EstimateRow } from './estimates.ts';
import type { Row } from './row.ts';

/** What is needed of a row, or of a published score. */
export type Scored = Pick<Row, 'encoder' | 'dataset' | 'pooling' | 'protocol' | 'split' | 'objective' | 'micro_f1'> & Partial<Pick<Row, 'layers' | 'k' | 'metric' | 'votes' | 'concat_norm'>>;

/** What an estimate says of a frozen encoder. */
interface FrozenScore extends Pick<Forecast, 'dataset' | 'encoder' | 'estimate' | 'draw'> {
  /** Which estimate it is: `mean, leave-one-out`. */
  readonly kind: string;
}

/** Estimates of one kind, and the scores of encoders trained for one objective. */
export interface Forecasts {
  readonly estimate: string;
  readonly objective: string;
  readonly forecasts: readonly Forecast[];
}

/** The kind of estimate that calls all encoders equal: what taking any of them costs. */
export const CHANCE = 'any of them';
/** The kind that looks at no text: the largest is the best. */
export const SIZE = 'parameters';

/** The split by which a trained encoder is judged. */
const JUDGED = 'test';
/** An encoder that is several is trained by nobody. */
const JOINED = 'concat-all';

export interface ForecastsParams {
  readonly rows: readonly Scored[];
  readonly estimates?: readonly EstimateRow[] | undefined;
  /** Tell the encoders' parameters. */
  readonly costs?: readonly CostRow[] | undefined;
}

/**
 * Joins frozen scores (of results.csv and estimates.csv) and trained ones by encoder and data set: for each objective and each kind of frozen
 * score (estimator or protocol, pooling, layers, how neighbours vote) the encoders that have both. Of several seeds of training the mean is taken.
 */
export function forecastsOf({ rows, estimates = [], costs = [] }: ForecastsParams): Forecasts[] {
  const trained = rows.filter(({ objective, split }) => objective !== '' && split === JUDGED);
  const frozen = [...frozenScores(rows), ...estimateScores(estimates), ...sizes(trained, costs), ...chance(trained)];
  const byKind = groupBy(frozen, ({ kind }) => kind);
  return [...groupBy(trained, ({ objective }) => objective)].flatMap(([objective, outcomes]) => {
    const of = groupBy(outcomes, cellOf);
    return [...byKind].map(([estimate, scores]): Forecasts => ({
      estimate,
      objective,
      forecasts: scores.flatMap(({ dataset, encoder, estimate: score, draw }): Forecast[] => {
        const own = of.get(cellOf({ dataset, encoder }));
        return own === undefined ? [] : [{ dataset, encoder, estimate: score, draw, outcome: own.reduce((sum, { micro_f1: value }) => sum + Number(value), 0) / own.length }];
      }),
    }));
  }).filter(({ forecasts }) => forecasts.length > 0);
}

function cellOf({ encoder, dataset }: Pick<Forecast, 'encoder' | 'dataset'>): string {
  return JSON.stringify([encoder, dataset]);
}

function chance(trained: readonly Scored[]): FrozenScore[] {
  return eachCell(trained).map((cell) => ({ ...cell, kind: CHANCE, estimate: 0 }));
}

function sizes(trained: readonly Scored[], costs: readonly CostRow[]): FrozenScore[] {
  return eachCell(trained).flatMap((cell) => costs.filter(({ encoder, parameters }) => encoder === cell.encoder && Number(parameters) > 0).slice(0, 1).map(({ parameters }) => ({ ...cell, kind: SIZE, estimate: Number(parameters) })));
}

function eachCell(trained: readonly Scored[]): Pick<Forecast, 'encoder' | 'dataset'>[] {
  return [...new Map(trained.map(({ encoder, dataset }) => [cellOf({ encoder, dataset }), { encoder, dataset }])).values()];
}

/** Of a cell that was published twice, the first. */
function frozenScores(rows: readonly Scored[]): FrozenScore[] {
  const scores = rows.filter(({ objective, encoder, split, protocol }) => objective === '' && encoder !== JOINED && (protocol !== 'fit-train' || split === JUDGED))
    .map((row) => ({ kind: kindOf(row), encoder: row.encoder, dataset: row.dataset, estimate: Number(row.micro_f1) }));
  return [...groupBy(scores, ({ kind, encoder, dataset }) => JSON.stringify([kind, encoder, dataset])).values()].map(([first]) => first!);
}

function kindOf({ pooling, layers = 'last', protocol, split, k = '5', metric = 'euclidean', votes = 'uniform' }: Scored): string {
  return [placeOf(pooling, layers), split === 'all' ? protocol : `${protocol} ${split}`, ...(k === '5' ? [] : [`k ${k}`]), ...(metric === 'euclidean' ? [] : [metric]), ...(votes === 'uniform' ? [] : [votes])].join(', ');
}

function placeOf(pooling: string, layers: string): string {
  return layers === 'last' || layers === '0..L' ? pooling : `${pooling} ${layers}`;
}

const LAYER = /^\d+$/;
const BEST_LAYER = 'best layer';

/** Layers are numbered in each encoder by itself: of them the best stands for all. Of a smaller sample of a data set it is said on how many texts. */
function estimateScores(rows: readonly EstimateRow[]): FrozenScore[] {
  const placed = rows.map((row) => ({ row, name: `${placeOf(row.pooling, LAYER.test(row.layers) ? BEST_LAYER : row.layers)}, ${row.estimator}${row.k === '' || row.k === '5' ? '' : ` k ${row.k}`}` }));
  const most = new Map<string, number>();
  const whole = ({ row, name }: (typeof placed)[number]) => JSON.stringify([row.dataset, name]);
  for (const each of placed) most.set(whole(each), Math.max(Number(each.row.n), most.get(whole(each)) ?? 0));
  const found = new Map<string, FrozenScore>();
  for (const each of placed) {
    const { row: { dataset, encoder, n, score, sample }, name } = each;
    const kind = Number(n) === most.get(whole(each)) ? name : `${name}, ${n} texts`;
    const draw = /\bseed \d+/.exec(sample)?.[0];
    const key = JSON.stringify([kind, dataset, encoder, draw]);
    const other = found.get(key);
    if (other === undefined || Number(score) > other.estimate) found.set(key, { kind, dataset, encoder, estimate: Number(score), draw });
  }
  return [...found.values()];
}
