import { itemsOf } from '../datasets/items.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { concat, type ConcatNorm } from '../embed/concat.ts';
import { cutWidth, loadRows, tooFewNumbers } from '../embed/cut.ts';
import { embed, type Embedded } from '../embed/embed.ts';
import { PAIR_TIMES, pairRows } from '../embed/pair-rows.ts';
import { pooledVectors, specName, withDims, type PooledVector } from '../embed/vectors.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { plannedScores, scoreProtocols } from '../knn/protocol.ts';
import type { Rows } from '../numeric/rows.ts';
import { CONCAT_ALL } from '../results/encoder-names.ts';
import type { Failure, Row } from '../results/row.ts';
import { scoredCell, type ScoredCell } from '../results/scored.ts';
import type { Timing } from '../results/timings.ts';
import { atOnce } from './at-once.ts';
import { concatIdentity, identityOf, rowOf, type Identity, type RowVector } from './rows.ts';
import type { Settings } from './settings.ts';
import {
  failed,
  failureReason,
  ofVector,
  outcomeOf,
  promptOf,
  settingsOf,
  sharedPasses,
  type GridParams,
  type GridVector,
  type Member,
  type Outcome,
} from './grid.ts';
import { inMode, inputsOfDataset, pairModes, type PairMode } from './pair-modes.ts';
import { timedEmbedding } from './timed-embedding.ts';
import { computeWords } from './word-grid.ts';

/** Computes every cell, data set by data set. What fails only while it runs does not end the run. */
export async function* computeGrid(params: GridParams, timings: Timing[]): AsyncGenerator<Outcome> {
  const { includes = () => true } = params;
  for (const target of params.datasets) {
    const encoders = params.encoders.filter(({ name }) => includes(name, target.name));
    if ('missing' in target) {
      for (const { name } of encoders) yield failed({ encoder: name, dataset: target.name, reason: target.missing });
      continue;
    }
    const { dataset } = target;
    const own = { ...params, encoders, settings: { ...params.settings, protocols: target.protocols } };
    if (dataset.task === 'token-classification') yield* computeWords(own, dataset, timings);
    else for (const mode of pairModes(dataset, params.settings.pairs)) yield* computeDataset({ ...own, mode }, dataset, timings);
  }
}

interface VectorRows {
  readonly name: string;
  readonly identity: Identity;
  readonly vector: RowVector;
  readonly dataset: Dataset;
  readonly settings: Settings;
}

/** The rows of one vector of an encoder, as `scoreCell` gives them. */
export function vectorRows({ name, identity, vector, dataset, settings }: VectorRows): Row[] {
  return settings.metrics.flatMap((metric) =>
    plannedScores({ ...settings, dataset: itemsOf(dataset) }).map((score) =>
      rowOf({ encoder: name, identity, dataset, vector, metric, score }),
    ),
  );
}

/** The same with the vectors of one data set in the store. */
interface EmbeddedMember extends Member {
  readonly embedded: Embedded;
}

export function memberOf({ name, encoder }: { readonly name: string; readonly encoder: Encoder }, settings: Settings): Member {
  const errorOf = tooFewNumbers(encoder);
  const all = encoderVectors(encoder, name, settings).map((vector) => ({ vector, error: errorOf(vector) }));
  return {
    name,
    encoder,
    vectors: all.flatMap(({ vector, error }) => (error === undefined ? [vector] : [])),
    lacking: all.flatMap(({ vector, error }) => (error === undefined ? [] : [{ vector, error }])),
    identity: identityOf(encoder),
  };
}

/** The grid with one way to read pairs. */
interface ModeParams extends GridParams {
  readonly mode: PairMode;
}

/** The vectors of an encoder, of pairs that are read so. */
export function membersIn<M extends Member>(member: M, mode: PairMode): M {
  return { ...member, vectors: member.vectors.map((vector) => inMode(vector, mode)) };
}

async function* computeDataset(params: ModeParams, dataset: Dataset, timings: Timing[]): AsyncGenerator<Outcome> {
  const { encoders, settings, mode, kept = async () => undefined } = params;
  const absent = encoders.filter((item) => 'missing' in item).map(({ name }) => name);
  for (const item of encoders) if ('missing' in item) yield failed({ encoder: item.name, dataset: dataset.key, reason: item.missing });
  const members = encoders.filter((item) => 'encoder' in item).map((item) => membersIn(memberOf(item, settings), mode));

  const wanted = new Map<string, GridVector[]>();
  for (const { name, identity, vectors } of members) {
    const missing: GridVector[] = [];
    for (const vector of vectors) {
      const rows = await kept(vectorRows({ name, identity, vector, dataset, settings }));
      if (rows === undefined) missing.push(vector);
      else yield { kind: 'kept', rows };
    }
    wanted.set(name, missing);
  }
  const joined: JoinedVector[] = [];
  for (const each of joinedVectors(members, settings)) {
    const rows =
      absent.length > 0
        ? undefined
        : await kept(vectorRows({ name: CONCAT_ALL, identity: each.identity, vector: each.vector, dataset, settings }));
    if (rows === undefined) joined.push(each);
    else yield { kind: 'kept', rows };
  }

  const embedded: EmbeddedMember[] = [];
  for (const group of sharedPasses(members)) {
    const needed = joined.length > 0 ? group : group.filter(({ name }) => wanted.get(name)!.length > 0);
    if (needed.length === 0) continue;
    params.signal?.throwIfAborted();
    const done: EmbeddedMember[] = [];
    try {
      const vectorsOf = ({ name, vectors }: Member): readonly GridVector[] => (joined.length > 0 ? vectors : wanted.get(name)!);
      done.push(...(await embedGroup({ group: needed, vectorsOf, dataset, params, timings })));
    } catch (error) {
      for (const { name, identity } of needed) {
        absent.push(name);
        yield failed({ encoder: name, dataset: dataset.key, prompt: promptOf(identity), reason: failureReason(error) });
      }
    }
    embedded.push(...done);
    yield* atOnce(
      ...searches(
        done.map((member) => ({ ...member, vectors: wanted.get(member.name)! })),
        { params, dataset, timings },
      ),
    );
  }
  if (settings.concatNorms.length > 0) yield* concatenated({ params, dataset, timings, joined, members, embedded, absent });
}

/**
 * The cells of encoders as tasks, and how many to run at once. Of a search only the products use several threads: two
 * searches side by side, on half the threads each, leave none idle. Large matrices come one by one, for the memory's sake.
 */
function searches(
  members: readonly EmbeddedMember[],
  { params, dataset, timings }: Pick<CellParams, 'params' | 'dataset' | 'timings'>,
): [(() => Promise<Outcome>)[], number] {
  const { threads } = params.settings;
  const cells = members.flatMap((member) => member.vectors.map((vector) => ({ member, vector })));
  const widest = Math.max(0, ...cells.map(({ member, vector }) => widthOf(member, vector, dataset)));
  const most = threads > 1 && 2 * dataset.texts.length * widest * Float32Array.BYTES_PER_ELEMENT <= PAIR_BYTES ? 2 : 1;
  const tasks = cells.map(({ member: { name, identity, embedded }, vector }, i) => {
    const alone = most === 1 || (i === cells.length - 1 && i % 2 === 0);
    const load = () => loadItems({ name, embedded }, vector, { dataset, folder: params.vectorFolder });
    const cell = {
      params,
      dataset,
      timings,
      name,
      identity,
      vector,
      textsCut: embedded.cutItems(dataset.texts.length),
      load,
      threads: alone ? threads : Math.ceil(threads / 2),
    };
    return () => outcomeOf({ encoder: name, dataset: dataset.key, ...ofVector(vector), prompt: promptOf(identity) }, () => scoreCell(cell));
  });
  return [tasks, most];
}

/** Vectors of the rows of a dataset, of pairs one each: the caller closes them. Throws as `loadRows`. */
async function loadItems(
  { name, embedded }: Pick<EmbeddedMember, 'name' | 'embedded'>,
  vector: GridVector,
  { dataset, folder }: { readonly dataset: Dataset; readonly folder: string },
): Promise<Rows> {
  const rows = await loadRows(embedded, { ...vector, encoder: name }, { folder });
  return dataset.seconds === undefined || vector.pair === 'joint' ? rows : pairRows({ both: rows, use: 'neighbours', place: { folder } });
}

/** Numbers in such a vector. */
function widthOf({ embedded }: Pick<EmbeddedMember, 'embedded'>, { spec, dim, pair }: GridVector, { seconds }: Dataset): number {
  return cutWidth(embedded.width(spec), dim) * (seconds === undefined || pair === 'joint' ? 1 : PAIR_TIMES.neighbours);
}

/** Vectors that two searches may hold together. */
const PAIR_BYTES = 64 << 20;

interface GroupParams {
  readonly group: readonly Member[];
  readonly vectorsOf: (member: Member) => readonly GridVector[];
  readonly dataset: Dataset;
  readonly params: ModeParams;
  readonly timings: Timing[];
}

async function embedGroup({ group, vectorsOf, dataset, params, timings }: GroupParams): Promise<EmbeddedMember[]> {
  const specs = new Map(group.flatMap(vectorsOf).map(({ spec }) => [specName(spec), spec]));
  const { encoder } = group[0]!;
  const embedded = await timedEmbedding({ names: group.map(({ name }) => name), encoder, dataset, params, timings }, (resources) =>
    embed({ ...resources, texts: inputsOfDataset(dataset, params.mode), specs: [...specs.values()] }),
  );
  return group.map((item) => ({ ...item, embedded }));
}

/** What is known of an encoder's vectors; of one that is not on this disk yet, only its depth. */
export type VectorSource = Pick<Encoder, 'depth'> & Partial<Pick<Encoder, 'published'>>;

/** Throws OPTION for layers that the encoder does not have. */
export function encoderVectors(
  { depth, published }: VectorSource,
  name: string,
  { poolings, layers, layerMeans, dims }: Settings,
): PooledVector[] {
  const whole = pooledVectors({
    poolings,
    layers,
    layerMeans,
    depth,
    published: published !== undefined && 'steps' in published ? published : undefined,
    encoder: name,
  });
  return withDims(whole, dims);
}

/** Vectors that were asked for and that an encoder does not have: its poolings, and those with fewer numbers than are to be kept. */
export function absentVectors(
  { name, encoder: { published }, lacking, identity }: Member,
  { dataset, settings }: { dataset: Dataset; settings: Settings },
): Failure[] {
  const about = { encoder: name, dataset: dataset.key, prompt: promptOf(identity) };
  const short = new Map(
    lacking.map(({ vector, error }) => [JSON.stringify(ofVector(vector)), { ...about, ...ofVector(vector), reason: error.message }]),
  );
  const unpooled = settings.poolings.includes('as-published') && 'reason' in published;
  return [...(unpooled ? [{ ...about, pooling: 'as-published', reason: published.reason }] : []), ...short.values()];
}

interface CellParams {
  readonly params: GridParams;
  readonly dataset: Dataset;
  readonly timings: Timing[];
  readonly name: string;
  readonly identity: Identity;
  readonly vector: RowVector;
  readonly textsCut: number;
  readonly load: () => Promise<Rows>;
  readonly threads: number;
  /** Only these; those of the settings where left out. */
  readonly protocols?: Settings['protocols'];
}

async function scoreCell({
  params: { settings, progress },
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

/** All that a search was for: `cls last, leave-one-out complete, k 5, euclidean, uniform, auto`. */
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

/** Vectors of all encoders side by side. */
export interface JoinedVector {
  readonly vector: RowVector;
  readonly norm: ConcatNorm;
  readonly identity: Identity;
  /** Of each member. */
  readonly parts: readonly GridVector[];
}

/** A numbered layer that only the deeper encoders have is not among them. Cut are the members' vectors, before they stand side by side. */
export function joinedVectors(members: readonly Member[], { concatNorms }: Settings): JoinedVector[] {
  if (members.length < 2) return [];
  return members[0]!.vectors.flatMap(({ pooling, layers, dim, pair }) => {
    const parts = members.flatMap(
      ({ vectors }) =>
        vectors.find((vector) => vector.pooling === pooling && vector.layers === layers && vector.dim === dim && vector.pair === pair) ??
        [],
    );
    if (parts.length < members.length) return [];
    return concatNorms.map((norm) => ({
      vector: { pooling, layers, dim, ...(pair !== undefined && { pair }) },
      norm,
      identity: concatIdentity(members, norm),
      parts,
    }));
  });
}

interface ConcatParams {
  readonly params: GridParams;
  readonly dataset: Dataset;
  readonly timings: Timing[];
  /** What is to be computed. */
  readonly joined: readonly JoinedVector[];
  readonly members: readonly Member[];
  readonly embedded: readonly EmbeddedMember[];
  readonly absent: readonly string[];
}

/** Rows "concat all models": for each pooling, the vectors of all encoders of the run side by side. */
async function* concatenated({ params, dataset, timings, joined, members, embedded, absent }: ConcatParams): AsyncGenerator<Outcome> {
  const { settings } = params;
  const about = { encoder: CONCAT_ALL, dataset: dataset.key };
  if (absent.length > 0) {
    yield failed({
      ...about,
      reason: `It needs every encoder of the run, but ${absent.join(', ')} ${absent.length === 1 ? 'is' : 'are'} missing.`,
    });
    return;
  }
  if (members.length < 2) return;
  const unpooled = members.filter(({ encoder }) => 'reason' in encoder.published).map(({ name }) => name);
  if (settings.poolings.includes('as-published') && unpooled.length > 0) {
    yield failed({
      ...about,
      pooling: 'as-published',
      reason: `It needs the published pooling of every encoder of the run, but ${unpooled.join(', ')} ${unpooled.length === 1 ? 'has' : 'have'} none.`,
    });
  }
  // They were embedded group by group; a concatenation has them in the order of the run.
  const ordered = members.flatMap(({ name }) => embedded.filter((member) => member.name === name));
  const textsCut = Math.max(...ordered.map((member) => member.embedded.cutItems(dataset.texts.length)));
  for (const { vector, norm, identity, parts } of joined) {
    const rowsOf = (fitOn?: (row: number) => boolean) => async () =>
      concat({
        norm,
        fitOn,
        rows: dataset.texts.length,
        load: (i) => loadItems(ordered[i]!, parts[i]!, { dataset, folder: params.vectorFolder }),
        place: { folder: params.vectorFolder },
        widths: ordered.map((member, i) => widthOf(member, parts[i]!, dataset)),
      });
    const cell = { params, dataset, timings, name: CONCAT_ALL, identity, vector, textsCut, threads: settings.threads };
    yield await outcomeOf({ ...about, ...ofVector(vector), prompt: promptOf(identity) }, async () => {
      // Mean and deviation of a z-score are those of the rows that are fitted: of train alone where test is scored.
      const whole = settings.protocols.filter((protocol) => protocol !== 'fit-train' || norm !== 'zscore');
      const train = settings.protocols.filter((protocol) => !whole.includes(protocol));
      const cells = whole.length === 0 ? [] : await scoreCell({ ...cell, protocols: whole, load: rowsOf() });
      if (train.length > 0) {
        cells.push(...(await scoreCell({ ...cell, protocols: train, load: rowsOf((row) => dataset.split[row] === 0) })));
      }
      return cells;
    });
  }
}
