import type { Dataset } from '../datasets/dataset.ts';
import { type ConcatNorm, concat } from '../embed/concat.ts';
import { CONCAT_ALL } from '../results/encoder-names.ts';
import type { Timing } from '../results/timings.ts';
import { type GridParams, type GridVector, type Member, type Outcome, failed, ofVector, outcomeOf, promptOf } from './grid.ts';
import { type Identity, type RowVector, concatIdentity } from './rows.ts';
import { type EmbeddedMember, loadItems, scoreCell, widthOf } from './score-cell.ts';
import type { Settings } from './settings.ts';

/** Concatenated vectors of all encoders. */
export interface JoinedVector {
  readonly vector: RowVector;
  readonly norm: ConcatNorm;
  readonly identity: Identity;
  /** One per member. */
  readonly parts: readonly GridVector[];
}

/** A numbered layer that only the deeper encoders have is left out. Dimensions are truncated before the concatenation. */
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

/** Rows "concat all models": for each pooling, the concatenated vectors of all encoders of the run. */
export async function* concatenated({
  params,
  dataset,
  timings,
  joined,
  members,
  embedded,
  absent,
}: ConcatParams): AsyncGenerator<Outcome> {
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
      // Mean and standard deviation of a z-score are those of the fitted rows: of train only if test is scored.
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
