import { groupBy } from '../group-by.ts';
import type { Forecast } from '../statistics/agreement.ts';
import type { CostRow } from './costs.ts';
import type { EstimateRow } from './estimates.ts';
import type { Row } from './row.ts';

/** The fields needed of a row, or of a published score. */
export type Scored = Pick<Row, 'encoder' | 'dataset' | 'pooling' | 'protocol' | 'split' | 'objective' | 'micro_f1'> &
  Partial<
    Pick<
      Row,
      | 'task'
      | 'spearman'
      | 'layers'
      | 'dim'
      | 'prompt'
      | 'k'
      | 'metric'
      | 'votes'
      | 'n'
      | 'label_field'
      | 'labels'
      | 'dtype'
      | 'max_length'
      | 'sample'
      | 'device'
    >
  >;

/** Estimates of one kind, and the scores of encoders fine-tuned with one objective. */
export interface Forecasts {
  /** `mean, leave-one-out`; `layermean, logme`. */
  readonly estimate: string;
  /** With how it was scored if there are several ways: `cea, k 1`. */
  readonly objective: string;
  readonly forecasts: readonly Forecast[];
}

/** The estimate that scores all encoders equally: what a random choice costs. */
export const CHANCE = 'random choice';
/** The estimate that looks at no text: the largest encoder is the best. */
export const SIZE = 'parameters';

/** The split that evaluates a fine-tuned encoder. */
const JUDGED = 'test';
/** Concatenations are never fine-tuned. */
const JOINED = 'concat-all';

export interface ForecastsParams {
  readonly rows: readonly Scored[];
  readonly estimates?: readonly EstimateRow[] | undefined;
  /** Source of the encoders' parameter counts. */
  readonly costs?: readonly CostRow[] | undefined;
}

/** The subject of an estimate or an outcome. */
interface Subject {
  readonly encoder: string;
  /** With the label field if a dataset has several. */
  readonly dataset: string;
}

interface FrozenScore extends Subject {
  readonly kind: string;
  readonly estimate: number;
  readonly draw: string | undefined;
  /** Weight precision, length limit, prompt and device: an encoder is fine-tuned in one of several variants. */
  readonly made: string;
}

interface Outcome extends Subject {
  readonly made: string;
  readonly score: number;
}

/**
 * Joins frozen scores (of results.csv and estimates.csv) and fine-tuned ones by encoder, dataset and label field: for each objective and
 * each kind of frozen score (estimator or protocol, pooling, layers, how neighbours vote) the encoders that have both. Several training
 * seeds are averaged; fine-tuned encoders that were scored in several ways count as different objectives.
 */
export function forecastsOf({ rows, estimates = [], costs = [] }: ForecastsParams): Forecasts[] {
  const nameOf = datasetNames([...rows, ...estimates]);
  const trained = rows.filter(({ objective, split }) => objective !== '' && split === JUDGED);
  const subjects = [
    ...new Map(
      trained.map((row) => [
        keyOf({ encoder: row.encoder, dataset: nameOf(row) }),
        { encoder: row.encoder, dataset: nameOf(row), draw: undefined, made: '' },
      ]),
    ).values(),
  ];
  const frozen = groupBy(
    [
      ...frozenScores(rows, nameOf),
      ...estimateScores(estimates, nameOf),
      ...subjects.flatMap((subject) =>
        costs
          .filter(({ encoder, parameters }) => encoder === subject.encoder && Number(parameters) > 0)
          .slice(0, 1)
          .map(({ parameters }): FrozenScore => ({ ...subject, kind: SIZE, estimate: Number(parameters) })),
      ),
      ...subjects.map((subject): FrozenScore => ({ ...subject, kind: CHANCE, estimate: 0 })),
    ],
    ({ kind }) => kind,
  );
  return [...outcomesOf(trained, nameOf)]
    .flatMap(([objective, outcomes]) => {
      const of = new Map(outcomes.map((outcome) => [keyOf(outcome), outcome]));
      return [...frozen].map(([estimate, scores]): Forecasts => ({
        estimate,
        objective,
        forecasts: [...groupBy(scores, (score) => JSON.stringify([keyOf(score), score.draw])).values()].flatMap((same): Forecast[] => {
          const outcome = of.get(keyOf(same[0]!));
          if (outcome === undefined) return [];
          const { encoder, dataset, estimate: value, draw } = same.find(({ made }) => made === outcome.made) ?? same[0]!;
          return [{ dataset, encoder, estimate: value, draw, outcome: outcome.score }];
        }),
      }));
    })
    .filter(({ forecasts }) => forecasts.length > 0);
}

function keyOf({ encoder, dataset }: Subject): string {
  return JSON.stringify([encoder, dataset]);
}

type Labelled = Pick<Row, 'dataset'> & Partial<Pick<Row, 'label_field' | 'labels'>>;

/** Datasets by name, and by label field and labels if there are several. */
function datasetNames(rows: readonly Labelled[]): (row: Labelled) => string {
  const aboutOf = ({ label_field: field = '', labels = '' }: Labelled): string => [field, labels].filter((part) => part !== '').join(' ');
  const several = new Map(
    [...groupBy(rows, ({ dataset }) => dataset)].map(([dataset, own]) => [dataset, new Set(own.map(aboutOf)).size > 1]),
  );
  return (row) => (several.get(row.dataset) === true && aboutOf(row) !== '' ? `${row.dataset} (${aboutOf(row)})` : row.dataset);
}

type Made = Partial<Pick<Row, 'dtype' | 'max_length' | 'prompt' | 'device'>>;

function madeOf({ dtype = '', max_length: length = '', prompt = '', device = '' }: Made): string {
  return `${dtype} ${length} ${prompt} ${device}`;
}

/** Outcomes by objective, and by how they were scored if that differs within one. */
function outcomesOf(trained: readonly Scored[], nameOf: (row: Labelled) => string): Map<string, Outcome[]> {
  const found = new Map<string, Outcome[]>();
  for (const [objective, own] of groupBy(trained, (row) => row.objective)) {
    const ways = WAYS.filter(([column]) => new Set(own.map((row) => row[column] ?? '')).size > 1);
    for (const [way, rows] of groupBy(own, (row) =>
      ways.map(([column, word]) => (row[column] ? `, ${word}${row[column]}` : '')).join(''),
    )) {
      found.set(
        `${objective}${way}`,
        [...groupBy(rows, (row) => keyOf({ encoder: row.encoder, dataset: nameOf(row) })).values()].map((cell): Outcome => {
          const [first] = cell;
          // Only those of the same variant as the first: another weight precision is another encoder, another seed is not.
          const seeds = cell.filter((row) => madeOf(row) === madeOf(first!) && row.sample === first!.sample);
          return {
            encoder: first!.encoder,
            dataset: nameOf(first!),
            made: madeOf(first!),
            score: seeds.reduce((sum, row) => sum + scoreOf(row), 0) / seeds.length,
          };
        }),
      );
    }
  }
  return found;
}

const WAYS = [
  ['pooling', ''],
  ['prompt', 'prompt '],
  ['protocol', ''],
  ['k', 'k '],
  ['metric', ''],
  ['votes', ''],
] as const satisfies readonly (readonly [keyof Scored, string])[];

/** If a score was published twice, the first. */
function frozenScores(rows: readonly Scored[], nameOf: (row: Labelled) => string): FrozenScore[] {
  const frozen = rows.filter(
    ({ objective, encoder, split, protocol }) => objective === '' && encoder !== JOINED && (protocol !== 'fit-train' || split === JUDGED),
  );
  return bySize(frozen.map((row) => ({ row, kind: kindOf(row), dataset: nameOf(row) }))).map(({ row, kind, dataset }) => ({
    kind,
    dataset,
    encoder: row.encoder,
    estimate: scoreOf(row),
    draw: undefined,
    made: madeOf(row),
  }));
}

/** Score that evaluates an encoder: for numbers in hundredths too, like percentage points. */
function scoreOf({ task = '', spearman = '', micro_f1: micro }: Scored): number {
  return task === 'regression' ? 100 * Number(spearman) : Number(micro);
}

function kindOf({ pooling, layers = 'last', dim, protocol, split, k = '5', metric = 'euclidean', votes = 'uniform' }: Scored): string {
  return [
    placeOf(pooling, layers, dim),
    split === 'all' ? protocol : `${protocol} ${split}`,
    ...(k === '5' ? [] : [`k ${k}`]),
    ...(metric === 'euclidean' ? [] : [metric]),
    ...(votes === 'uniform' ? [] : [votes]),
  ].join(', ');
}

function placeOf(pooling: string, layers: string, dim = ''): string {
  return `${layers === 'last' || layers === '0..L' ? pooling : `${pooling} ${layers}`}${dim === '' ? '' : ` dim ${dim}`}`;
}

const LAYER = /^\d+$/;
const BEST_LAYER = 'best layer';

/** Layers are numbered per encoder: the best one represents all of them. */
function estimateScores(rows: readonly EstimateRow[], nameOf: (row: Labelled) => string): FrozenScore[] {
  const placed = rows.map((row) => ({
    row,
    dataset: nameOf(row),
    kind: `${placeOf(row.pooling, LAYER.test(row.layers) ? BEST_LAYER : row.layers, row.dim)}, ${row.estimator}${row.source_field === '' ? '' : ` of ${row.source_field}`}${row.k === '' || row.k === '5' ? '' : ` k ${row.k}`}`,
  }));
  const scores = bySize(placed).map(({ row, kind, dataset }): FrozenScore => ({
    kind,
    dataset,
    encoder: row.encoder,
    estimate: Number(row.score),
    draw: /\bseed \d+/.exec(row.sample)?.[0] ?? (row.seed === '' ? undefined : `seed ${row.seed}`),
    made: madeOf(row),
  }));
  const best = groupBy(scores, ({ kind, dataset, encoder, draw, made }) => JSON.stringify([kind, dataset, encoder, draw, made]));
  return [...best.values()].map((same) =>
    same[0]!.kind.includes(BEST_LAYER) ? same.reduce((a, b) => (b.estimate > a.estimate ? b : a)) : same[0]!,
  );
}

interface Sized {
  readonly row: { readonly n?: string };
  readonly kind: string;
  readonly dataset: string;
}

/** For a smaller sample of a dataset the number of texts is appended. */
function bySize<T extends Sized>(all: readonly T[]): T[] {
  const most = new Map<string, number>();
  const whole = ({ kind, dataset }: Sized): string => JSON.stringify([kind, dataset]);
  const sizeOf = ({ row: { n = '' } }: Sized): number => Number(n);
  for (const each of all) most.set(whole(each), Math.max(sizeOf(each), most.get(whole(each)) ?? 0));
  return all.map((each) => (sizeOf(each) === most.get(whole(each)) ? each : { ...each, kind: `${each.kind}, ${sizeOf(each)} texts` }));
}
