import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder } from '../files/make-folder.ts';
import { HarnessError, option } from '../errors.ts';
import { checksumsOf, type Checksums } from './checksum.ts';
import { isDiskError, located } from './disk.ts';
import { networkReason, TRIES, type Http, type RequestOptions } from './http.ts';
import { claimPartialDownload, partialSize } from './partial-download.ts';
import type { DownloadProgress, SourceOptions } from './types.ts';

export interface Expected {
  readonly bytes?: number | undefined;
  readonly sha256?: string | undefined;
  readonly gitOid?: string | undefined;
}

export interface DownloadParams extends RequestOptions {
  readonly http: Http;
  readonly url: string;
  /** Target path. */
  readonly to: string;
  /** Name for messages. */
  readonly name: string;
  readonly expected: Expected;
  /** The source's own message for an HTTP status. */
  readonly refusal?: ((status: number) => HarnessError | undefined) | undefined;
  readonly onProgress?: SourceOptions['onProgress'];
}

/**
 * Downloads a file atomically: written to `to.part`, resumed where an earlier attempt stopped, verified, renamed. Throws OFFLINE, SOURCE,
 * CHECKSUM.
 */
export async function download({ http, url, to, name, expected, refusal, onProgress, ...request }: DownloadParams): Promise<Checksums> {
  await makeFolder(path.dirname(to));
  const claim = await claimPartialDownload(to);
  let reported: DownloadProgress | undefined;
  const report = (progress: DownloadProgress) => onProgress?.((reported = progress));
  try {
    for (let failures = 0; ;) {
      const start = await partialSize(claim.partial, expected.bytes);
      const resumed = start > 0;
      try {
        if (expected.bytes === undefined || start < expected.bytes)
          await transfer({ http, url, partial: claim.partial, start, name, expected, refusal, report, request });
      } catch (error) {
        if (error instanceof HarnessError) throw error;
        if (isDiskError(error)) throw located(error, claim.partial);
        failures = (await partialSize(claim.partial, undefined)) > start ? 1 : failures + 1;
        if (failures >= TRIES)
          throw new HarnessError(
            'OFFLINE',
            {
              where: url,
              what: `The download failed ${TRIES} times (${networkReason(error)}).`,
              hint: 'Run it again to resume the download.',
            },
            { cause: error },
          );
        await sleep(http.pause(failures));
        continue;
      }
      const sums = await checksumsOf(claim.partial);
      const fault = faultOf(sums, expected);
      if (fault === undefined) {
        await rename(claim.partial, to);
        return sums;
      }
      await rm(claim.partial, { force: true });
      // The partial file of an earlier run may have been of another file: download again from the first byte.
      if (!resumed)
        throw new HarnessError('CHECKSUM', {
          where: url,
          what: `${fault}.`,
          hint: 'The source has changed, or a proxy alters it. Nothing was kept.',
        });
    }
  } finally {
    if (reported !== undefined) onProgress?.({ ...reported, ended: true });
    await claim.release();
  }
}

/** What differs from the expectation, in words; undefined if nothing. */
export function faultOf(sums: Checksums, { bytes, sha256, gitOid }: Expected): string | undefined {
  if (bytes !== undefined && sums.bytes !== bytes) return `It has ${sums.bytes} bytes, expected ${bytes}`;
  if (sha256 !== undefined && sums.sha256 !== sha256) return `Its sha256 is ${sums.sha256}, expected ${sha256}`;
  if (gitOid !== undefined && sums.gitOid !== gitOid) return `Its git hash is ${sums.gitOid}, expected ${gitOid}`;
  return undefined;
}

interface TransferParams {
  readonly http: Http;
  readonly url: string;
  readonly partial: string;
  readonly start: number;
  readonly name: string;
  readonly expected: Expected;
  readonly refusal: DownloadParams['refusal'];
  readonly report: (progress: DownloadProgress) => void;
  readonly request: RequestOptions;
}

/** Appends the missing bytes to the partial file. Throws HarnessError if a retry is pointless, other errors if not. */
async function transfer({ http, url, partial, start, name, expected, refusal, report, request }: TransferParams): Promise<void> {
  const range: Record<string, string> = start > 0 ? { range: `bytes=${start}-` } : {};
  // A compressed response has another length, and cannot be resumed.
  const response = await http.request(url, { ...request, headers: { ...request.headers, 'accept-encoding': 'identity', ...range } });
  if (response.status === 416) {
    await response.body?.cancel().catch(() => undefined);
    await rm(partial, { force: true });
    throw new Error('the server has less than already downloaded');
  }
  if (response.status !== 200 && response.status !== 206) {
    await response.body?.cancel().catch(() => undefined);
    throw refusal?.(response.status) ?? refused(url, response.status);
  }
  const appends = response.status === 206 && contentStart(response) === start;
  if (response.status === 206 && !appends) {
    await response.body?.cancel().catch(() => undefined);
    await rm(partial, { force: true });
    throw new Error('the server sent the wrong range');
  }
  let done = appends ? start : 0;
  const length = announced(response);
  const total = expected.bytes ?? (length === undefined ? undefined : done + length);
  const most = total ?? MOST_BYTES;
  if (response.body === null) throw new Error('the answer is empty');
  await pipeline(
    response.body as unknown as AsyncIterable<Uint8Array>,
    async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        done += chunk.byteLength;
        if (done > most)
          throw new HarnessError('CHECKSUM', {
            where: url,
            what: `It sends more than the ${most} bytes expected.`,
            hint: 'The source has changed, or a proxy alters it. Nothing was kept.',
          });
        report({ name, done, total, ended: false });
        yield chunk;
      }
    },
    createWriteStream(partial, { flags: appends ? 'a' : 'w' }),
  ).catch(async (error: unknown) => {
    if (error instanceof HarnessError) await rm(partial, { force: true });
    throw error;
  });
  if (total !== undefined && done < total) throw new Error(`the answer ended after ${done} of ${total} bytes`);
}

/** Limit if neither the entry nor the server declares a length: no file of an encoder or a dataset is larger. */
const MOST_BYTES = 64 * 2 ** 30;

/** Number of bytes announced by the server. If it compresses in spite of the request, the received length differs. */
function announced(response: Response): number | undefined {
  const said = response.headers.get('content-length');
  const plain = (response.headers.get('content-encoding') ?? 'identity') === 'identity';
  return plain && said !== null && Number.isSafeInteger(Number(said)) ? Number(said) : undefined;
}

function contentStart(response: Response): number {
  return Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? Number.NaN);
}

/** The error for a response that is not a file. */
export function refused(url: string, status: number): HarnessError {
  const why = STATUS[status] ?? (status >= 500 ? 'the server fails' : 'the server refuses');
  const passes = status === 429 || status >= 500;
  const hint = `${passes ? 'Run it again later' : 'Check the address'}, or give ${option('mirror')} DIR with the file.`;
  return new HarnessError('SOURCE', { where: url, what: `The answer was ${status}: ${why}${passes ? `, ${TRIES} tries` : ''}.`, hint });
}

const STATUS: Readonly<Record<number, string>> = {
  401: 'a token is required',
  403: 'access is denied',
  404: 'file not found',
  410: 'the file is gone',
  429: 'too many requests',
};
