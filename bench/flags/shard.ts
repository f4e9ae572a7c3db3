import { HarnessError } from '../../src/errors.ts';
import type { Shard } from '../../src/experiment/shard.ts';
import { MOST_SHARDS } from '../../src/results/shards.ts';
import { text } from './options.ts';
import type { Arguments } from '../command-module.ts';

/** A shard of an experiment, for several machines. */
export const SHARD_OPTION = {
  shard: {
    type: 'string',
    requiresArg: true,
    describe:
      'Compute part i of n (1/4): each pair of encoder and dataset is in one part (each dataset, if encoders are concatenated). ' +
      '`bench merge` combines them.',
  },
} as const;

/** Throws OPTION unless it is i/n. */
export function shardOf(argv: Arguments): Shard | undefined {
  const value = text(argv, 'shard');
  if (value === undefined) return undefined;
  const [, index, of] = /^(\d+)\/(\d+)$/.exec(value)?.map(Number) ?? [];
  if (index === undefined || of === undefined || index < 1 || index > of || of > MOST_SHARDS) {
    throw new HarnessError('OPTION', {
      where: '--shard',
      what: `"${value}" is not a shard.`,
      hint: 'Write 1/4 for the first of four.',
    });
  }
  return { index, of };
}
