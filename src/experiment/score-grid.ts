import type { Dataset } from '../datasets/dataset.ts';
import { tooFewNumbers } from '../embed/cut.ts';
import { embed } from '../embed/embed.ts';
import { specName } from '../embed/vectors.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { CONCAT_ALL } from '../results/encoder-names.ts';
import type { Timing } from '../results/timings.ts';
import { inParallel } from './in-parallel.ts';
import { encoderVectors } from './encoder-vectors.ts';
import {
  type GridParams,
  type GridVector,
  type Member,
  type Outcome,
  failed,
  failureReason,
  ofVector,
  outcomeOf,
  promptOf,
  sharedPasses,
} from './grid.ts';
import { type PairMode, inMode, inputsOfDataset, pairModes } from './pair-modes.ts';
import { identityOf } from './rows.ts';
import { type CellParams, type EmbeddedMember, loadItems, scoreCell, vectorRows, widthOf } from './score-cell.ts';
import { type JoinedVector, concatenated, joinedVectors } from './score-concatenations.ts';
import type { Settings } from './settings.ts';
import { timedEmbedding } from './timed-embedding.ts';
import { computeWords } from './word-grid.ts';

/** Computes every result, dataset by dataset. A failure at run time does not end the run. */
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

/** The grid with one pair mode. */
interface ModeParams extends GridParams {
  readonly mode: PairMode;
}

/** The vectors of an encoder for one pair mode. */
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
    yield* inParallel(
      ...searches(
        done.map((member) => ({ ...member, vectors: wanted.get(member.name)! })),
        { params, dataset, timings },
      ),
    );
  }
  if (settings.concatNorms.length > 0) yield* concatenated({ params, dataset, timings, joined, members, embedded, absent });
}

/**
 * The results of encoders as tasks, and how many to run at a time. Only the matrix products of a search use several threads: two searches
 * in parallel, on half the threads each, leave none idle. Large matrices are searched one at a time, to save memory.
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

/** Bytes of vectors that two parallel searches may hold together. */
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
