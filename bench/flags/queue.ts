import { DEFAULT_PREFIX, queueAddress, type QueueAddress } from '../../src/experiment/queue/address.ts';
import { HarnessError } from '../../src/errors.ts';
import type { Arguments } from '../command-module.ts';
import { text, whole } from './options.ts';

/** Maximum MB of one encoder's or dataset's files sent through a queue. */
const SEND_LIMIT = 256;

/** Queue options of both clients and workers. */
export const QUEUE_OPTIONS = {
  queue: {
    type: 'string',
    requiresArg: true,
    describe:
      'Run jobs on workers through this Redis: redis://host:6379, rediss: for TLS. User and password: in it, or REDIS_USERNAME and ' +
      'REDIS_PASSWORD.',
  },
  'queue-prefix': {
    type: 'string',
    requiresArg: true,
    default: DEFAULT_PREFIX,
    describe: 'Prefix of the Redis keys, one per project.',
  },
  'send-limit': {
    type: 'number',
    requiresArg: true,
    default: SEND_LIMIT,
    describe: 'Largest folder or file to send to workers, in MB.',
  },
} as const;

export interface QueueChoice {
  readonly address: QueueAddress;
  /** Bytes. */
  readonly sendLimit: number;
}

/** The queue given; undefined if none. Throws OPTION. */
export function queueOf(argv: Arguments): QueueChoice | undefined {
  const url = text(argv, 'queue');
  if (url === undefined) return undefined;
  return { address: queueAddress({ url, prefix: text(argv, 'queue-prefix') }), sendLimit: whole(argv, 'send-limit', 0)! * 1e6 };
}

/** Throws OPTION if none is given. */
export function namedQueue(argv: Arguments): QueueChoice {
  const queue = queueOf(argv);
  if (queue !== undefined) return queue;
  throw new HarnessError('OPTION', { where: '--queue', what: 'It is missing.', hint: 'Name the Redis: --queue redis://localhost:6379.' });
}

/** Command-line arguments without the user and password of a queue, as they are stored in results. */
export function withoutCredentials(typed: readonly string[]): string[] {
  return typed.map((word) => word.replace(/(rediss?:\/\/)[^/\s]*@/g, '$1'));
}
