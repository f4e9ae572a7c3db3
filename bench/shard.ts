import { HarnessError } from '../src/errors.ts';
import { splitCut } from '../src/results/encoder-names.ts';
import { MOST_SHARDS } from '../src/results/shards.ts';
import { text } from './options.ts';
import type { Arguments } from './verb.ts';

/** One of the parts that a run is cut into, for as many machines. */
export interface Shard {
  /** From 1. */
  readonly index: number;
  readonly of: number;
}

/** Throws OPTION unless it is i/n. */
export function shardOf(argv: Arguments): Shard | undefined {
  const value = text(argv, 'shard');
  if (value === undefined) return undefined;
  const [, index, of] = /^(\d+)\/(\d+)$/.exec(value)?.map(Number) ?? [];
  if (index === undefined || of === undefined || index < 1 || index > of || of > MOST_SHARDS) {
    throw new HarnessError('OPTION', { where: '--shard', what: `"${value}" is no part of a whole.`, mend: 'Write 1/4 for the first of four.' });
  }
  return { index, of };
}

export interface ShardParams {
  readonly shard: Shard | undefined;
  /** Names, in the order of the run. */
  readonly encoders: readonly string[];
  readonly datasets: readonly string[];
  /** A concatenation needs all encoders on one machine. */
  readonly concat: boolean;
}

/** Whether a shard scores an encoder on a data set. One file, whole or cut, is run once, on one machine. */
export function inShard({ shard, encoders, datasets, concat }: ShardParams): (encoder: string, dataset: string) => boolean {
  if (shard === undefined) return () => true;
  const unitOf = (encoder: string): string => (concat ? '' : splitCut(encoder).base);
  const units = datasets.flatMap((dataset) => [...new Set(encoders.map(unitOf))].map((unit) => JSON.stringify([unit, dataset])));
  const mine = new Set(units.filter((_, i) => i % shard.of === shard.index - 1));
  return (encoder, dataset) => mine.has(JSON.stringify([unitOf(encoder), dataset]));
}
