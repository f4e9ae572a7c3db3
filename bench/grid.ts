import type { Dataset } from '../src/datasets/dataset.ts';
import { concat } from '../src/embed/concat.ts';
import { embed, vectorKey, type Embedded } from '../src/embed/embed.ts';
import { keyHash, VectorStore } from '../src/embed/store.ts';
import { pooledVectors, specName, type PooledVector } from '../src/embed/vectors.ts';
import type { Encoder } from '../src/encoders/encoder.ts';
import { HarnessError, reason } from '../src/errors.ts';
import { scoreProtocols } from '../src/knn/protocol.ts';
import type { Matrix } from '../src/numeric/matrix.ts';
import { CONCAT_ALL } from '../src/report/titles.ts';
import type { Progress } from '../src/report/progress.ts';
import type { Failure, Row } from '../src/results/row.ts';
import type { Timing } from '../src/results/timings.ts';
import { atOnce } from './at-once.ts';
import { concatIdentity, identityOf, rowOf, type Identity } from './rows.ts';
import type { Settings } from './settings.ts';

/** An encoder that could not be opened stays in the grid with the reason, so that its cells are dashes. */
export type GridEncoder = { readonly name: string } & ({ readonly encoder: Encoder } | { readonly missing: string });
export type GridDataset = { readonly name: string } & (
    | { readonly dataset: Dataset; /** Those of the settings that it has the splits for. */ readonly protocols: Settings['protocols'] }
    | { readonly missing: string }
  );

export interface GridParams {
  readonly encoders: readonly GridEncoder[];
  readonly datasets: readonly GridDataset[];
  readonly settings: Settings;
  readonly vectorFolder: string;
  readonly progress: Progress;
  readonly warn: (line: string) => void;
}

/** What comes out of the grid, cell by cell. */
export type Outcome = { readonly rows: readonly Row[]; readonly failure?: undefined } | { readonly failure: Failure; readonly rows?: undefined };

/** Computes every cell, data set by data set. What fails only while it runs does not end the run. */
export async function* computeGrid(params: GridParams, timings: Timing[]): AsyncGenerator<Outcome> {
  for (const target of params.datasets) {
    if ('missing' in target) {
      for (const { name } of params.encoders) yield { failure: { encoder: name, dataset: target.name, reason: target.missing } };
      continue;
    }
    yield* computeDataset({ ...params, settings: { ...params.settings, protocols: target.protocols } }, target.dataset, timings);
  }
}

/** An encoder with the vectors of one data set in the store. */
interface Member {
  readonly name: string;
  readonly encoder: Encoder;
  readonly vectors: readonly PooledVector[];
  readonly embedded: Embedded;
  readonly identity: Identity;
}

async function* computeDataset(params: GridParams, dataset: Dataset, timings: Timing[]): AsyncGenerator<Outcome> {
  const { encoders, settings } = params;
  const members: Member[] = [];
  const absent: string[] = [];
  for (const item of encoders) {
    if ('missing' in item) {
      absent.push(item.name);
      yield { failure: { encoder: item.name, dataset: dataset.key, reason: item.missing } };
    }
  }
  const open = encoders.filter((item) => 'encoder' in item);
  for (const item of open) for (const failure of absentPoolings(item, { dataset, settings })) yield { failure };
  for (const group of sharedPasses(open)) {
    const done: Member[] = [];
    try {
      done.push(...(await embedGroup({ group, dataset, params, timings })));
    } catch (error) {
      for (const { name } of group) {
        absent.push(name);
        yield { failure: { encoder: name, dataset: dataset.key, reason: failureReason(error) } };
      }
    }
    members.push(...done);
    yield* atOnce(...searches(done, { params, dataset, timings }));
  }
  if (settings.concatNorms.length > 0) yield* concatenated({ params, dataset, timings, members: inOrder(members, open), absent });
}

/**
 * The cells of encoders as tasks, and how many to run at once. Of a search only the products use several threads: two
 * searches side by side, on half the threads each, leave none idle. Large matrices come one by one, for the memory's sake.
 */
function searches(members: readonly Member[], { params, dataset, timings }: Pick<CellParams, 'params' | 'dataset' | 'timings'>): [(() => Promise<Outcome>)[], number] {
  const { threads } = params.settings;
  const cells = members.flatMap((member) => member.vectors.map((vector) => ({ member, vector })));
  const widest = Math.max(0, ...cells.map(({ member, vector }) => member.embedded.width(vector.spec)));
  const most = threads > 1 && 2 * dataset.texts.length * widest * Float32Array.BYTES_PER_ELEMENT <= PAIR_BYTES ? 2 : 1;
  const tasks = cells.map(({ member: { name, identity, embedded }, vector }, i) => {
    const alone = most === 1 || (i === cells.length - 1 && i % 2 === 0);
    const load = () => embedded.load(vector.spec);
    const cell = { params, dataset, timings, name, identity, vector, textsCut: embedded.cut, load, threads: alone ? threads : Math.ceil(threads / 2) };
    return () => outcomeOf({ encoder: name, dataset: dataset.key, pooling: vector.pooling }, () => scoreCell(cell));
  });
  return [tasks, most];
}

/** Vectors that two searches may hold together. */
const PAIR_BYTES = 64 << 20;

function inOrder(members: readonly Member[], order: readonly { readonly name: string }[]): Member[] {
  return order.flatMap(({ name }) => members.filter((member) => member.name === name));
}

/** Encoders that are one file, cut at different layers or whole, are run once for all of them. */
function sharedPasses(encoders: readonly { name: string; encoder: Encoder }[]): { name: string; encoder: Encoder }[][] {
  const groups = new Map<string, { name: string; encoder: Encoder }[]>();
  for (const item of encoders) {
    const key = keyHash(vectorKey(item.encoder));
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()];
}

interface GroupParams {
  readonly group: readonly { name: string; encoder: Encoder }[];
  readonly dataset: Dataset;
  readonly params: GridParams;
  readonly timings: Timing[];
}

async function embedGroup({ group, dataset, params: { settings, vectorFolder, progress, warn }, timings }: GroupParams): Promise<Member[]> {
  const vectors = group.map(({ name, encoder }) => encoderVectors(encoder, name, settings));
  const specs = new Map(vectors.flat().map(({ spec }) => [specName(spec), spec]));
  const { encoder } = group[0]!;
  const names = group.map(({ name }) => name).join(' + ');
  const task = progress.task(`${dataset.key}: ${names}`, undefined, 'texts');
  const started = performance.now();
  try {
    const embedded = await embed({
      encoder,
      texts: dataset.texts,
      specs: [...specs.values()],
      store: new VectorStore(vectorFolder, warn),
      threads: settings.threads,
      tokenBudget: settings.tokenBudget,
      onProgress: ({ done, total, tokens }) => {
        task.setTotal(total);
        task.update(done, `${tokens} tokens`);
      },
    });
    timings.push({
      encoder: names,
      dataset: dataset.key,
      stage: 'embed',
      seconds: (performance.now() - started) / 1000,
      texts: embedded.unique,
      tokens: embedded.tokens,
      cached: 1 - embedded.computed / Math.max(1, embedded.unique),
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    });
    return group.map((item, i) => ({ ...item, vectors: vectors[i]!, embedded, identity: identityOf(item.encoder) }));
  } finally {
    task.end();
  }
}

/** What is known of an encoder's vectors; of one that is not on this disk yet, only its depth. */
export type VectorSource = Pick<Encoder, 'depth'> & Partial<Pick<Encoder, 'published'>>;

/** Throws OPTION for layers that the encoder does not have. */
export function encoderVectors({ depth, published }: VectorSource, name: string, { poolings, layers, layerMeans }: Settings): PooledVector[] {
  return pooledVectors({ poolings, layers, layerMeans, depth, published: published !== undefined && 'token' in published ? published : undefined, encoder: name });
}

/** Poolings that were asked for and that an encoder does not have. */
function absentPoolings({ name, encoder: { published } }: { name: string; encoder: Encoder }, { dataset, settings }: { dataset: Dataset; settings: Settings }): Failure[] {
  if (!settings.poolings.includes('as-published') || !('reason' in published)) return [];
  return [{ encoder: name, dataset: dataset.key, pooling: 'as-published', reason: published.reason }];
}

interface CellParams {
  readonly params: GridParams;
  readonly dataset: Dataset;
  readonly timings: Timing[];
  readonly name: string;
  readonly identity: Identity;
  readonly vector: Pick<PooledVector, 'pooling' | 'layers'>;
  readonly textsCut: number;
  readonly load: () => Promise<Matrix>;
  readonly threads: number;
  /** Only these; those of the settings where left out. */
  readonly protocols?: Settings['protocols'];
}

async function scoreCell({ params: { settings, progress }, dataset, timings, name, identity, vector, textsCut, load, threads, protocols = settings.protocols }: CellParams): Promise<Row[]> {
  const task = progress.task(`${dataset.key}: neighbours by ${name} ${vector.pooling}`, undefined, 'queries');
  const started = performance.now();
  const rows: Row[] = [];
  try {
    for (const metric of settings.metrics) {
      const scores = scoreProtocols({
        vectors: await load(),
        takeOver: true,
        dataset,
        protocols,
        ks: settings.ks,
        votes: settings.votes,
        metric,
        index: settings.index,
        hnsw: settings.hnsw,
        labels: dataset.labelSets === undefined ? 'first' : settings.labels,
        seed: settings.seed,
        threads,
        onProgress: ({ done, total }) => {
          task.setTotal(total);
          task.update(done);
        },
      });
      for await (const score of scores) rows.push(rowOf({ encoder: name, identity, dataset, vector, metric, score, textsCut }));
    }
  } finally {
    task.end();
  }
  timings.push({ encoder: name, dataset: dataset.key, stage: 'knn', detail: `${vector.pooling} ${vector.layers}`, seconds: (performance.now() - started) / 1000, texts: dataset.texts.length, peakMemoryBytes: process.resourceUsage().maxRSS * 1024 });
  return rows;
}

interface ConcatParams {
  readonly params: GridParams;
  readonly dataset: Dataset;
  readonly timings: Timing[];
  readonly members: readonly Member[];
  readonly absent: readonly string[];
}

/** Rows "concat all models": for each pooling, the vectors of all encoders of the run side by side. */
async function* concatenated({ params, dataset, timings, members, absent }: ConcatParams): AsyncGenerator<Outcome> {
  const { settings } = params;
  const about = { encoder: CONCAT_ALL, dataset: dataset.key };
  if (absent.length > 0) {
    yield { failure: { ...about, reason: `It needs every encoder of the run, and ${absent.join(', ')} ${absent.length === 1 ? 'is' : 'are'} missing.` } };
    return;
  }
  if (members.length < 2) return;
  const without = members.filter(({ encoder }) => 'reason' in encoder.published).map(({ name }) => name);
  if (settings.poolings.includes('as-published') && without.length > 0) {
    yield { failure: { ...about, pooling: 'as-published', reason: `It needs the published pooling of every encoder of the run, and ${without.join(', ')} ${without.length === 1 ? 'has' : 'have'} none.` } };
  }
  const textsCut = Math.max(...members.map(({ embedded }) => embedded.cut));
  for (const { pooling, layers } of members[0]!.vectors) {
    const parts = members.map(({ vectors }) => vectors.find((vector) => vector.pooling === pooling && vector.layers === layers));
    // A numbered layer that only the deeper encoders have has no row.
    if (parts.includes(undefined)) continue;
    for (const norm of settings.concatNorms) {
      const identity = concatIdentity(members, norm);
      const joined = (fitOn?: (row: number) => boolean) => async () =>
        concat({ norm, fitOn, rows: dataset.texts.length, load: (i) => members[i]!.embedded.load(parts[i]!.spec), widths: members.map(({ embedded }, i) => embedded.width(parts[i]!.spec)) });
      const cell = { params, dataset, timings, name: CONCAT_ALL, identity, vector: { pooling, layers }, textsCut, threads: settings.threads };
      yield await outcomeOf({ ...about, pooling }, async () => {
        // Mean and deviation of a z-score are those of the rows that are fitted: of train alone where test is scored.
        const whole = settings.protocols.filter((protocol) => protocol !== 'fit-train' || norm !== 'zscore');
        const train = settings.protocols.filter((protocol) => !whole.includes(protocol));
        const rows = whole.length === 0 ? [] : await scoreCell({ ...cell, protocols: whole, load: joined() });
        if (train.length > 0) rows.push(...(await scoreCell({ ...cell, protocols: train, load: joined((row) => dataset.split[row] === 0) })));
        return rows;
      });
    }
  }
}

async function outcomeOf(about: Omit<Failure, 'reason'>, compute: () => Promise<Row[]>): Promise<Outcome> {
  try {
    return { rows: await compute() };
  } catch (error) {
    return { failure: { ...about, reason: failureReason(error) } };
  }
}

/** A mistake of ours is no dash in a table. */
function failureReason(error: unknown): string {
  if (!(error instanceof HarnessError) || error.code === 'INTERNAL') throw error;
  return reason(error);
}
