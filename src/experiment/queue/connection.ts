import type * as bullmq from 'bullmq';
import type { Redis } from 'ioredis';
import { HarnessError, option, reason } from '../../errors.ts';
import type { QueueAddress } from './address.ts';

/** The queue's library, loaded only when a queue is used. */
export type Library = typeof bullmq;

/** Milliseconds within which Redis must answer at first. */
const FIRST_ANSWER = 10_000;
/** Maximum milliseconds between two attempts to reconnect. */
const LONGEST_WAIT = 5000;

/**
 * A connection that reconnects whenever it is lost; commands wait in the meantime. Throws SOURCE if there is no answer at first, or the
 * connection is refused.
 */
export async function connect(address: QueueAddress, warn: (line: string) => void): Promise<Redis> {
  const { Redis: Client } = await import('ioredis');
  let isLost = false;
  const client = new Client({ ...redisOptions(address), lazyConnect: true, retryStrategy: () => null });
  // The library reports the reason here, and only a closed connection to pending commands.
  let why: string | undefined;
  client.on('error', (error) => void (why = reason(error)));
  try {
    await within(FIRST_ANSWER, client.connect());
    await within(FIRST_ANSWER, client.ping());
  } catch (error) {
    client.disconnect();
    throw unreachable(address, why ?? reason(error));
  }
  client.options.retryStrategy = (times) => Math.min(LONGEST_WAIT, 100 * 2 ** Math.min(times, 10));
  client.on('reconnecting', () => {
    if (!isLost) warn(`${address.shown} does not answer; waiting for it.`);
    isLost = true;
  });
  client.on('ready', () => {
    if (isLost) warn(`${address.shown} answers again.`);
    isLost = false;
  });
  return client;
}

/** Connection options for clients of the queue's library. */
export function redisOptions({ host, port, username, password, database, tls }: QueueAddress) {
  return {
    host,
    port,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    db: database,
    ...(tls && { tls: { servername: host } }),
    // Required by the library: a command waits for as long as the connection is lost.
    maxRetriesPerRequest: null,
    retryStrategy: (times: number) => Math.min(LONGEST_WAIT, 100 * 2 ** Math.min(times, 10)),
  };
}

function unreachable({ shown }: QueueAddress, why: string): HarnessError {
  const isAuth = /NOAUTH|WRONGPASS|AUTH|NOPERM/i.test(why);
  return new HarnessError('SOURCE', {
    where: option('queue'),
    what: isAuth ? `${shown} denies access.` : `${shown} does not answer (${why}).`,
    hint: isAuth
      ? 'Give user and password in the address, or in REDIS_USERNAME and REDIS_PASSWORD.'
      : 'Start Redis there (redis-server), or use another address.',
  });
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`no answer in ${ms / 1000} s`)), ms);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}
