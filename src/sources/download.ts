import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { HarnessError } from '../errors.ts';
import { checksumsOf, type Checksums } from './checksum.ts';
import { networkReason, TRIES, type Http, type RequestOptions } from './http.ts';
import type { DownloadProgress, SourceOptions } from './types.ts';

export interface Expected {
  readonly bytes?: number | undefined;
  readonly sha256?: string | undefined;
  readonly gitOid?: string | undefined;
}

export interface DownloadParams extends RequestOptions {
  readonly http: Http;
  readonly url: string;
  /** Where the file shall lie. */
  readonly to: string;
  /** What a person calls it. */
  readonly name: string;
  readonly expected: Expected;
  /** Says what went wrong by status, in the words of the source. */
  readonly refusal?: ((status: number) => HarnessError | undefined) | undefined;
  readonly onProgress?: SourceOptions['onProgress'];
}

/**
 * A file from the network, whole or not at all: written to `to.part`, gone on with where an earlier try stopped, compared
 * with what is expected, renamed. Throws OFFLINE, SOURCE, CHECKSUM.
 */
export async function download({ http, url, to, name, expected, refusal, onProgress, ...request }: DownloadParams): Promise<Checksums> {
  await mkdir(path.dirname(to), { recursive: true });
  const claim = await claimPart(to);
  let reported: DownloadProgress | undefined;
  const report = (progress: DownloadProgress) => onProgress?.((reported = progress));
  try {
    for (let failures = 0; ; ) {
      const start = await partSize(claim.part, expected.bytes);
      const resumed = start > 0;
      try {
        if (expected.bytes === undefined || start < expected.bytes) await transfer({ http, url, part: claim.part, start, name, expected, refusal, report, request });
      } catch (error) {
        if (error instanceof HarnessError) throw error;
        failures = (await partSize(claim.part, undefined)) > start ? 1 : failures + 1;
        if (failures >= TRIES) throw new HarnessError('OFFLINE', { where: url, what: `The download broke off ${TRIES} times (${networkReason(error)}).`, mend: 'Run it again: it goes on where it stopped.' }, { cause: error });
        await sleep(http.pause(failures));
        continue;
      }
      const sums = await checksumsOf(claim.part);
      const fault = faultOf(sums, expected);
      if (fault === undefined) {
        await rename(claim.part, to);
        return sums;
      }
      await rm(claim.part, { force: true });
      // What an earlier run left may have been another file: once more from the first byte.
      if (!resumed) throw new HarnessError('CHECKSUM', { where: url, what: `${fault}.`, mend: 'The source has changed or something in between alters it. Nothing was kept.' });
    }
  } finally {
    if (reported !== undefined) onProgress?.({ ...reported, ended: true });
    await claim.release();
  }
}

/** What is not as expected, as words; undefined where all is. */
export function faultOf(sums: Checksums, { bytes, sha256, gitOid }: Expected): string | undefined {
  if (bytes !== undefined && sums.bytes !== bytes) return `It has ${sums.bytes} bytes, expected ${bytes}`;
  if (sha256 !== undefined && sums.sha256 !== sha256) return `Its sha256 is ${sums.sha256}, expected ${sha256}`;
  if (gitOid !== undefined && sums.gitOid !== gitOid) return `Its git hash is ${sums.gitOid}, expected ${gitOid}`;
  return undefined;
}

interface TransferParams {
  readonly http: Http;
  readonly url: string;
  readonly part: string;
  readonly start: number;
  readonly name: string;
  readonly expected: Expected;
  readonly refusal: DownloadParams['refusal'];
  readonly report: (progress: DownloadProgress) => void;
  readonly request: RequestOptions;
}

/** Appends what is missing to the part file. Throws HarnessError where another try cannot help, anything else where it may. */
async function transfer({ http, url, part, start, name, expected, refusal, report, request }: TransferParams): Promise<void> {
  const range: Record<string, string> = start > 0 ? { range: `bytes=${start}-` } : {};
  // A compressed answer has another length, and cannot be resumed.
  const response = await http.request(url, { ...request, headers: { ...request.headers, 'accept-encoding': 'identity', ...range } });
  if (response.status === 416) {
    await response.body?.cancel().catch(() => undefined);
    await rm(part, { force: true });
    throw new Error('the server has less than what is here already');
  }
  if (response.status !== 200 && response.status !== 206) {
    await response.body?.cancel().catch(() => undefined);
    throw refusal?.(response.status) ?? refused(url, response.status);
  }
  const appends = response.status === 206 && contentStart(response) === start;
  if (response.status === 206 && !appends) throw new Error('the server sent another part than asked for');
  let done = appends ? start : 0;
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  const total = expected.bytes ?? (Number.isFinite(length) ? done + length : undefined);
  if (response.body === null) throw new Error('the answer is empty');
  await pipeline(
    response.body as unknown as AsyncIterable<Uint8Array>,
    async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        done += chunk.byteLength;
        if (total !== undefined && done > total) throw new HarnessError('CHECKSUM', { where: url, what: `It sends more than the ${total} bytes expected.` });
        report({ name, done, total, ended: false });
        yield chunk;
      }
    },
    createWriteStream(part, { flags: appends ? 'a' : 'w' }),
  );
  if (total !== undefined && done < total) throw new Error(`the answer ended after ${done} of ${total} bytes`);
}

function contentStart(response: Response): number {
  return Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? Number.NaN);
}

/** The complaint about an answer that is no file. */
export function refused(url: string, status: number): HarnessError {
  const why = STATUS[status] ?? (status >= 500 ? 'the server fails' : 'the server refuses');
  return new HarnessError('SOURCE', { where: url, what: `The answer was ${status}: ${why}${status === 429 || status >= 500 ? `, ${TRIES} tries` : ''}.` });
}

const STATUS: Readonly<Record<number, string>> = {
  401: 'it wants a token',
  403: 'access is denied',
  404: 'there is no such file',
  410: 'the file is gone',
  429: 'too many requests',
};

/** Bytes that an earlier try left; more than the whole file can have are thrown away. */
async function partSize(part: string, most: number | undefined): Promise<number> {
  const size = await stat(part).then((found) => found.size, () => 0);
  if (most === undefined || size <= most) return size;
  await rm(part, { force: true });
  return 0;
}

/** A name beside a file for what is not whole yet, that nobody else writes to. */
export function ownPart(file: string): string {
  return `${file}.${randomUUID().slice(0, 8)}.part`;
}

/** The part file of a download: `to.part`, which a later run goes on with, or one of its own while another download writes that. */
async function claimPart(to: string): Promise<{ part: string; release: () => Promise<void> }> {
  const part = `${to}.part`;
  const lock = `${part}.lock`;
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const file = await open(lock, 'wx');
      await file.writeFile(String(process.pid));
      await file.close();
      return { part, release: () => rm(lock, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (await alive(lock)) break;
      await rm(lock, { force: true });
    }
  }
  const own = ownPart(to);
  return { part: own, release: () => rm(own, { force: true }) };
}

/** A lock without a number yet is being written; one that stays so was left. */
const LOCK_WRITTEN_MS = 10_000;

async function alive(lock: string): Promise<boolean> {
  const text = await readFile(lock, 'utf8').catch(() => '');
  if (text === '') return stat(lock).then(({ mtimeMs }) => Date.now() - mtimeMs < LOCK_WRITTEN_MS, () => false);
  const pid = Number(text);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
