import { createHash } from 'node:crypto';
import { HarnessError, option } from '../../errors.ts';
import { onnxruntimeVersion, packageVersion } from '../../home.ts';

/** Address of a queue. Its credentials are never printed or stored. */
export interface QueueAddress {
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  /** rediss: */
  readonly tls: boolean;
  /** Prefix of all keys: several projects on one Redis have one each. */
  readonly prefix: string;
  /** The address as it may be shown. */
  readonly shown: string;
}

export const DEFAULT_PREFIX = 'embedding-bench';

/** Increased whenever the shape of jobs or results changes. */
const PROTOCOL = 2;

export interface QueueOptions {
  /** `redis://[user[:password]@]host[:port][/database]`, `rediss:` for TLS. */
  readonly url: string;
  readonly prefix?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

const FORM = 'Write redis://host:6379, redis://user:password@host/0, or rediss: for TLS.';

/** User and password default to REDIS_USERNAME and REDIS_PASSWORD. Throws OPTION, without repeating the input. */
export function queueAddress({ url, prefix = DEFAULT_PREFIX, env = process.env }: QueueOptions): QueueAddress {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['redis:', 'rediss:'].includes(parsed.protocol)) throw wrong('It is not a Redis address.');
  if (parsed.hostname === '') throw wrong('It has no host.');
  if (parsed.search !== '' || parsed.hash !== '') throw wrong('It has text after the database number that would be ignored.');
  const database = parsed.pathname.replace(/^\//, '');
  if (!/^\d{0,4}$/.test(database)) throw wrong('After the host only a database number is allowed.');
  if (!/^[\w.-]{1,100}$/.test(prefix)) {
    throw new HarnessError('OPTION', { where: option('queuePrefix'), what: 'Use letters, digits, ".", "_" and "-", at most 100.' });
  }
  const [host, port] = [parsed.hostname.replace(/^\[(.*)\]$/, '$1'), parsed.port === '' ? 6379 : Number(parsed.port)];
  return {
    host,
    port,
    username: decoded(parsed.username) || env['REDIS_USERNAME'] || undefined,
    password: decoded(parsed.password) || env['REDIS_PASSWORD'] || undefined,
    database: Number(database),
    tls: parsed.protocol === 'rediss:',
    prefix,
    shown: `${parsed.protocol}//${parsed.host}${database === '' ? '' : `/${database}`}`,
  };
}

function wrong(what: string, hint = FORM): HarnessError {
  return new HarnessError('OPTION', { where: option('queue'), what, hint });
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw wrong('User or password has an invalid % escape.', 'Write % as %25, or use REDIS_USERNAME and REDIS_PASSWORD.');
  }
}

/** Jobs of a version are only run by workers of that version: other code, or another runtime, could give other numbers. */
export function queueVersion(): string {
  return `${packageVersion()}-runtime-${onnxruntimeVersion()}-protocol-${PROTOCOL}`;
}

/** Name of the queue of a version's jobs. */
export function jobsQueue(version: string): string {
  return `jobs-${version}`;
}

/** A hash of a plain value that does not depend on the order of its fields. */
export function contentHash(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, sorted(each)]));
}
