import { HarnessError, option } from '../errors.ts';
import { shuffleFront } from '../numeric/random.ts';
import { groupBy } from '../group-by.ts';
import { drawAt, type Draw } from './seeds.ts';

export interface SamplerParams {
  /** Dataset rows of the train split. */
  readonly rows: readonly number[];
  /** Class of each dataset row. */
  readonly labels: Int32Array;
  /** Texts per batch, at least 1; at least 4 if batches are balanced. */
  readonly batchSize: number;
  readonly seed: number;
  /** Counted from 1. */
  readonly epoch: number;
  /** Batches with several texts of each of their classes. */
  readonly balanced: boolean;
}

const DRAWS_ORDER = 2;
/** Texts per class in a balanced batch, if the batch has room for two such groups. */
const GROUP = 4;

/** Batches of an epoch, as dataset rows; determined by seed and epoch. */
export function batchesOf(params: SamplerParams): number[][] {
  const { rows, batchSize, seed, epoch, balanced } = params;
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new HarnessError('OPTION', { where: option('batchSize'), what: `${batchSize} is not a whole number of at least 1.` });
  if (rows.length === 0) throw new HarnessError('DATA', { what: 'No texts to train on.' });
  const draw = drawAt({ seed, epoch, purpose: DRAWS_ORDER });
  return balanced ? balancedBatches(params, draw) : plainBatches(params, draw);
}

/** All rows in random order, each once. A final batch of one row, which has nothing to compare with, is merged into the previous one. */
function plainBatches({ rows, batchSize }: SamplerParams, draw: Draw): number[][] {
  const order = shuffleFront([...rows], draw);
  const batches = chunks(order, batchSize);
  if (batchSize > 1 && batches.length > 1 && batches.at(-1)!.length === 1) batches.splice(-2, 2, batches.slice(-2).flat());
  return batches;
}

/**
 * The rows of each class in random order are split into groups of K = min(4, half a batch); the last group is filled up with other rows of
 * its class. Groups are dealt out to batches like cards, class by class, so that those of a class are in different batches, at most P =
 * batch / K in one. A batch with a single class, which happens next to a very large class, gets a further group of another class. So every
 * row occurs once or, in rare classes, a little more often; no row occurs twice in a batch; a batch has at least two texts of each of its
 * classes (except for a class with a single text) and at least two classes (if there are two).
 */
function balancedBatches({ rows, labels, batchSize }: SamplerParams, draw: Draw): number[][] {
  if (batchSize < 4)
    throw new HarnessError('OPTION', {
      where: option('batchSize'),
      what: `A balanced batch needs two texts of two classes each; ${batchSize} is too small.`,
      hint: `Give 4 or more, or omit ${option('balanced')}.`,
    });
  const size = Math.min(GROUP, Math.floor(batchSize / 2));
  const perBatch = Math.floor(batchSize / size);
  const classes = shuffleFront([...groupBy(rows, (row) => labels[row]!).values()], draw).map((own) =>
    filled(shuffleFront(own, draw), size),
  );
  const total = classes.reduce((sum, groups) => sum + groups.length, 0);
  const largest = Math.max(...classes.map((groups) => groups.length));
  // One position of each batch is reserved, so that no class fills it.
  const count = Math.max(Math.ceil(total / perBatch), classes.length === 1 ? 0 : Math.ceil(largest / (perBatch - 1)));

  const batches = Array.from({ length: count }, (): number[][] => []);
  for (const [i, group] of classes.flat().entries()) batches[i % count]!.push(group);
  addSecondClass(batches, classes, labels);
  // A filled-up group may be in the same batch as the one that its rows come from.
  return shuffleFront(
    batches.map((groups) => [...new Set(groups.flat())]),
    draw,
  );
}

/** Groups of `size` rows of one class; the last is filled up with the first of the other rows. */
function filled(rows: readonly number[], size: number): number[][] {
  const groups = chunks(rows, size);
  const last = groups.at(-1)!;
  last.push(...rows.slice(0, Math.min(size, rows.length) - last.length));
  return groups;
}

/** Adds a group of another class to batches of one class; groups take turns, those of small classes first. */
function addSecondClass(batches: readonly number[][][], classes: readonly number[][][], labels: Int32Array): void {
  if (classes.length === 1) return;
  const groups = classes.toSorted((a, b) => a.length - b.length).flat();
  const classOf = (group: readonly number[]) => labels[group[0]!]!;
  let next = 0;
  for (const batch of batches) {
    const own = classOf(batch[0]!);
    if (batch.some((group) => classOf(group) !== own)) continue;
    while (classOf(groups[next % groups.length]!) === own) next++;
    batch.push(groups[next++ % groups.length]!);
  }
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
