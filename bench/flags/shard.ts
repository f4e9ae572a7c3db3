import { HarnessError } from '../../src/errors.ts';
import type { Shard } from '../../src/experiment/shard.ts';
import { MOST_SHARDS } from '../../src/results/shards.ts';
import { text } from './options.ts';
import type { Arguments } from '../verb.ts';

/** A part of an experiment, for as many machines. */
export const SHARD_OPTION = {
  shard: {
    type: 'string',
    requiresArg: true,
    describe:
      'Compute the i-th of n parts, 1/4: each dataset with each encoder is in one of them (each dataset, where encoders are concatenated). '
      + '`bench merge` puts them together.',
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
      what: `"${value}" is no part of a whole.`,
      hint: 'Write 1/4 for the first of four.',
    });
  }
  return { index, of };
}
