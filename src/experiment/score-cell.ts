import type { Dataset } from '../datasets/dataset.ts';
import { itemsOf } from '../datasets/items.ts';
import { cutWidth, loadRows } from '../embed/cut.ts';
import type { Embedded } from '../embed/embed.ts';
import { PAIR_TIMES, pairRows } from '../embed/pair-rows.ts';
import { plannedScores, scoreProtocols } from '../knn/protocol.ts';
import type { Rows } from '../numeric/rows.ts';
import type { Row } from '../results/row.ts';
import { type ScoredCell, scoredCell } from '../results/scored.ts';
import type { Timing } from '../results/timings.ts';
import { type GridParams, type GridVector, type Member, settingsOf } from './grid.ts';
import { type Identity, type RowVector, rowOf } from './rows.ts';
import type { Settings } from './settings.ts';

interface VectorRows {
  readonly name: string;
  readonly identity: Identity;
  readonly vector: RowVector;
  readonly dataset: Dataset;
  readonly settings: Settings;
}

/** The rows of one vector of an encoder, as `scoreCell` returns them. */
export function vectorRows({ name, identity, vector, dataset, settings }: VectorRows): Row[] {
  return settings.metrics.flatMap((metric) =>
    plannedScores({ ...settings, dataset: itemsOf(dataset) }).map((score) =>
      rowOf({ encoder: name, identity, dataset, vector, metric, score }),
    ),
  );
}

/** The same with the vectors of one dataset in the store. */
export interface EmbeddedMember extends Member {
  readonly embedded: Embedded;
}

/** Vectors of the rows of a dataset, for pairs one each: the caller closes them. Throws as `loadRows`. */
export async function loadItems(
  { name, embedded }: Pick<EmbeddedMember, 'name' | 'embedded'>,
  vector: GridVector,
  { dataset, folder }: { readonly dataset: Dataset; readonly folder: string },
): Promise<Rows> {
  const rows = await loadRows(embedded, { ...vector, encoder: name }, { folder });
  return dataset.seconds === undefined || vector.pair === 'joint' ? rows : pairRows({ both: rows, use: 'neighbours', place: { folder } });
}

/** Dimensions of such a vector. */
export function widthOf({ embedded }: Pick<EmbeddedMember, 'embedded'>, { spec, dim, pair }: GridVector, { seconds }: Dataset): number {
  return cutWidth(embedded.width(spec), dim) * (seconds === undefined || pair === 'joint' ? 1 : PAIR_TIMES.neighbours);
}

export interface CellParams {
  readonly params: GridParams;
  readonly dataset: Dataset;
  readonly timings: Timing[];
  readonly name: string;
  readonly identity: Identity;
  readonly vector: RowVector;
  readonly textsCut: number;
  readonly load: () => Promise<Rows>;
  readonly threads: number;
  /** Only these. Default: those of the settings. */
  readonly protocols?: Settings['protocols'];
}

export async function scoreCell({
  params: { settings, progress, signal },
  dataset,
  timings,
  name,
  identity,
  vector,
  textsCut,
  load,
  threads,
  protocols = settings.protocols,
}: CellParams): Promise<ScoredCell[]> {
  const task = progress.task(`${dataset.key}: neighbours by ${name} ${vector.pooling}`, undefined, 'queries');
  const started = performance.now();
  const cells: ScoredCell[] = [];
  try {
    for (const metric of settings.metrics) {
      const scores = scoreProtocols({
        vectors: await load(),
        takeOver: true,
        dataset: itemsOf(dataset),
        protocols,
        ks: settings.ks,
        votes: settings.votes,
        metric,
        index: settings.index,
        hnsw: settings.hnsw,
        labels: dataset.task === 'classification' && dataset.labelSets !== undefined ? settings.labels : 'first',
        seed: settings.seed,
        threads,
        onProgress: ({ done, total }) => {
          // A search among a million texts takes minutes: it is not waited for.
          signal?.throwIfAborted();
          task.setTotal(total);
          task.update(done);
        },
      });
      for await (const score of scores) {
        cells.push(
          scoredCell({
            row: rowOf({ encoder: name, identity, dataset, vector, metric, score, textsCut }),
            outcomes: score.outcomes,
            classes: dataset.task === 'classification' ? dataset.classes : [],
          }),
        );
      }
    }
  } finally {
    task.end();
  }
  timings.push({
    encoder: name,
    dataset: dataset.key,
    stage: 'knn',
    detail: searchWords({ vector, identity, settings, protocols }),
    seconds: (performance.now() - started) / 1000,
    texts: dataset.texts.length,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    ...settingsOf(identity, dataset),
  });
  return cells;
}

/** All settings of a search: `cls last, leave-one-out complete, k 5, euclidean, uniform, auto`. */
function searchWords({
  vector: { pooling, layers, dim },
  identity: { concatNorm },
  settings: { ks, metrics, votes, index },
  protocols,
}: Pick<CellParams, 'vector' | 'identity'> & { readonly settings: Settings; readonly protocols: Settings['protocols'] }): string {
  return [
    [pooling, layers, dim === undefined ? '' : `dim ${dim}`, concatNorm].filter((word) => word !== '').join(' '),
    protocols.join(' '),
    `k ${ks.join(' ')}`,
    metrics.join(' '),
    votes.join(' '),
    index,
  ].join(', ');
}
