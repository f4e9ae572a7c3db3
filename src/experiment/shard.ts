import { splitCut } from '../results/encoder-names.ts';

/** One of the shards of a run, for several machines. */
export interface Shard {
  /** Counted from 1. */
  readonly index: number;
  readonly of: number;
}

export interface ShardParams {
  readonly shard: Shard | undefined;
  /** Names, in the order of the run. */
  readonly encoders: readonly string[];
  readonly datasets: readonly string[];
  /** A concatenation needs all encoders on one machine. */
  readonly concat: boolean;
}

/** Whether a shard scores an encoder on a dataset. A file, truncated or not, is run once, on one machine. */
export function inShard({ shard, encoders, datasets, concat }: ShardParams): (encoder: string, dataset: string) => boolean {
  if (shard === undefined) return () => true;
  const unitOf = (encoder: string): string => (concat ? '' : splitCut(encoder).base);
  const units = datasets.flatMap((dataset) => [...new Set(encoders.map(unitOf))].map((unit) => JSON.stringify([unit, dataset])));
  const mine = new Set(units.filter((_, i) => i % shard.of === shard.index - 1));
  return (encoder, dataset) => mine.has(JSON.stringify([unitOf(encoder), dataset]));
}
