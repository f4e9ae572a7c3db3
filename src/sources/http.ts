import { setTimeout as sleep } from 'node:timers/promises';
import { HarnessError, option, reason } from '../errors.ts';
import type { Environment } from './environment.ts';
import { networkFetch } from './network-fetch.ts';
import { proxiesOf, proxyNote } from './proxies.ts';

export interface HttpOptions {
  /** For tests: replaces the network. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Environment for proxies. Default: that of the process. */
  readonly env?: Environment | undefined;
  readonly offline: boolean;
  /** Maximum wait for a response, or for its next byte. */
  readonly timeoutMs?: number | undefined;
  /** Wait before the second attempt; doubled for each further one. */
  readonly backoffMs?: number | undefined;
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent to the first URL only, and to its redirects on the same host. */
  readonly token?: string | undefined;
  readonly method?: string | undefined;
}

export const TRIES = 3;
const TIMEOUT_MS = 30_000;
export const BACKOFF_MS = 500;
/** A server that requests a longer wait counts as unavailable. */
const LONGEST_WAIT_MS = 60_000;
/** As browsers do. */
const MOST_REDIRECTS = 20;

/** Requests with retries, back-off, time limits, and a token that never leaves its host. */
export class Http {
  readonly #fetch: typeof globalThis.fetch;
  readonly #env: Environment;
  readonly #offline: boolean;
  readonly #timeoutMs: number;
  readonly #backoffMs: number;
  /** Hosts that did not answer: not tried again, so that ten encoders do not wait ten times. */
  readonly #dead = new Map<string, HarnessError>();

  constructor({ env = process.env, fetch = networkFetch(env), offline, timeoutMs = TIMEOUT_MS, backoffMs = BACKOFF_MS }: HttpOptions) {
    this.#fetch = fetch;
    this.#env = env;
    this.#offline = offline;
    this.#timeoutMs = timeoutMs;
    this.#backoffMs = backoffMs;
  }

  /** The response with any status but 408, 429 and 5xx, which are retried. Throws OFFLINE if there is none. */
  async request(url: string, options: RequestOptions = {}): Promise<Response> {
    const { origin } = new URL(url);
    if (this.#offline)
      throw new HarnessError('OFFLINE', {
        what: `${option('offline')} is on: ${url} was not requested.`,
        hint: `Omit it, or give ${option('mirror')} DIR with the files.`,
      });
    let asked = origin;
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await this.#follow(url, options, (at) => {
          asked = new URL(at).origin;
          const dead = this.#dead.get(asked);
          if (dead !== undefined) throw dead;
        });
        const { status } = response;
        if (!(status === 408 || status === 429 || status >= 500)) return response;
        const wait = Math.max(this.pause(attempt), retryAfter(response));
        if (attempt === TRIES && wait <= LONGEST_WAIT_MS) return response;
        await response.body?.cancel().catch(() => undefined);
        if (wait > LONGEST_WAIT_MS)
          throw new HarnessError('OFFLINE', {
            where: url,
            what: `${asked} answered ${status} and asks to retry in ${Math.ceil(wait / 1000)} s.`,
            hint: `Run it again later, or give ${option('mirror')} DIR with the files.`,
          });
        await sleep(wait);
      } catch (error) {
        if (error instanceof HarnessError) throw error;
        if (attempt === TRIES) {
          const proxy = proxyNote(proxiesOf(this.#env), asked);
          const failure = new HarnessError(
            'OFFLINE',
            {
              what: `No answer from ${asked} (${networkReason(error)}) after ${TRIES} tries.`,
              hint: `Check the network${proxy === '' ? '' : ` and the proxy ${proxy}`}, or give ${option('mirror')} DIR with the files.`,
            },
            { cause: error },
          );
          this.#dead.set(asked, failure);
          throw failure;
        }
        await sleep(this.pause(attempt));
      }
    }
  }

  /** Milliseconds to wait after this many attempts. */
  pause(attempt: number): number {
    return this.#backoffMs * 2 ** (attempt - 1);
  }

  /** `onHop` receives each URL before it is requested. */
  async #follow(url: string, { headers = {}, token, method = 'GET' }: RequestOptions, onHop: (at: string) => void): Promise<Response> {
    const { origin } = new URL(url);
    let at = url;
    for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
      onHop(at);
      const controller = new AbortController();
      const timer = setTimeout(() => controller.abort(new Error(`no answer within ${this.#timeoutMs / 1000} s`)), this.#timeoutMs);
      let response: Response;
      try {
        const authorization: Record<string, string> =
          token !== undefined && new URL(at).origin === origin ? { authorization: `Bearer ${token}` } : {};
        response = await this.#fetch(at, {
          method,
          headers: { ...headers, ...authorization },
          redirect: 'manual',
          signal: controller.signal,
        });
      } finally {
        clearTimeout(timer);
      }
      const location = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || response.status === 304 || location === null)
        return watched(response, at, this.#timeoutMs, controller);
      await response.body?.cancel().catch(() => undefined);
      at = nextHop(url, at, location);
    }
    throw new HarnessError('SOURCE', { where: url, what: `It redirects more than ${MOST_REDIRECTS} times.`, hint: ELSEWHERE });
  }
}

const ELSEWHERE = `Check the address, or give ${option('mirror')} DIR with the file.`;

/** Target of a redirect: must be a web URL, and https if redirected from https. */
function nextHop(url: string, at: string, location: string): string {
  const next = URL.canParse(location, at) ? new URL(location, at) : undefined;
  if (next === undefined || (next.protocol !== 'https:' && next.protocol !== 'http:'))
    throw new HarnessError('SOURCE', {
      where: url,
      what: `It redirects to ${JSON.stringify(location.slice(0, 100))}, which is not a web address.`,
      hint: ELSEWHERE,
    });
  if (at.startsWith('https:') && next.protocol !== 'https:')
    throw new HarnessError('SOURCE', {
      where: url,
      what: `It redirects from https to ${next.protocol}//${next.host}, which is not followed.`,
      hint: ELSEWHERE,
    });
  return next.href;
}

/** The response with a body that fails if no byte arrives for too long, and with its final URL. */
function watched(response: Response, url: string, timeoutMs: number, controller: AbortController): Response {
  if (response.body === null) return withUrl(response, url);
  let timer: NodeJS.Timeout | undefined;
  const arm = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => controller.abort(new Error(`no data for ${timeoutMs / 1000} s`)), timeoutMs);
    timer.unref();
  };
  arm();
  const body = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, out) {
        arm();
        out.enqueue(chunk);
      },
      flush: () => clearTimeout(timer),
    }),
  );
  return withUrl(new Response(body, { status: response.status, statusText: response.statusText, headers: response.headers }), url);
}

function withUrl(response: Response, url: string): Response {
  return Object.defineProperty(response, 'url', { value: url });
}

/** Milliseconds from a Retry-After header, in seconds or as a date; 0 if there is none. */
function retryAfter(response: Response): number {
  const value = response.headers.get('retry-after');
  if (value === null) return 0;
  const seconds = Number(value);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(wait) ? Math.max(0, wait) : 0;
}

/** `fetch failed` is uninformative: its cause is used. */
export function networkReason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const inner = cause instanceof AggregateError ? cause.errors[0] : cause instanceof DOMException ? (cause.cause ?? cause) : cause;
  const said = inner === undefined ? reason(error) : reason(inner) || ((inner as NodeJS.ErrnoException).code ?? reason(error));
  const [, status] = /^Proxy (?:response|Authentication Required) \((\d+)\)/.exec(said) ?? [];
  if (status === undefined) return said;
  return status === '407' ? 'the proxy rejects the user name or password, 407' : `the proxy answered ${status}`;
}
