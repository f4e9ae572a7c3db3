import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { hashFile } from '../../encoders/encoder.ts';
import { HarnessError, option, reason } from '../../errors.ts';
import { makeFolder } from '../../files/make-folder.ts';
import { contentHash } from './address.ts';
import { below } from './job-schema.ts';

/** Files of the user that workers cannot access: they are sent through the queue's store once, and named by their content. */

const AGAIN = 'Start the experiment again to send them.';

/** Bytes per value in the store. */
const CHUNK = 4 << 20;
/** Seconds after which unused files are deleted from the store. */
const STORED_SECONDS = 7 * 86_400;
/** Days after which a worker deletes unused files. */
const KEPT_DAYS = 30;

const sentFile = z.strictObject({ path: below, sha256: z.string().regex(/^[0-9a-f]{64}$/), bytes: z.int().nonnegative() });
const manifestSchema = z.array(sentFile).min(1).max(10_000);
type SentFile = z.infer<typeof sentFile>;

/** Files of a folder, by content. */
export interface Manifest {
  /** Hash of paths and contents. */
  readonly digest: string;
  readonly files: readonly SentFile[];
}

/** The Redis commands that are needed here. */
export interface BytesStore {
  get(key: string): Promise<string | null>;
  set(key: string, value: string, mode: 'EX', seconds: number): Promise<unknown>;
  hexists(key: string, field: string): Promise<number>;
  hset(key: string, field: string, value: Buffer | string): Promise<unknown>;
  hgetBuffer(key: string, field: string): Promise<Buffer | null>;
  expire(key: string, seconds: number): Promise<unknown>;
  del(key: string): Promise<unknown>;
}

export interface ManifestParams {
  /** Name of what is sent, for messages. */
  readonly what: string;
  readonly root: string;
  /** Paths of the files, relative to the root. */
  readonly paths: readonly string[];
  /** Maximum bytes. */
  readonly most: number;
}

/** Throws OPTION if the files exceed the limit, before any is read. */
export async function manifestOf({ what, root, paths, most }: ManifestParams): Promise<Manifest> {
  const sizes = await Promise.all(paths.map(async (file) => (await stat(path.join(root, file))).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total > most) {
    throw new HarnessError('OPTION', {
      where: what,
      what: `Workers cannot access this machine's disk, and its ${megabytes(total)} exceed the limit of ${megabytes(most)} for sending.`,
      hint: `Put it where workers can download it (hf:org/name, a registry entry), or raise ${option('sendLimit')}.`,
    });
  }
  const files: SentFile[] = [];
  for (const [i, file] of paths.entries()) {
    files.push({ path: file.split(path.sep).join('/'), sha256: await hashFile(path.join(root, file)), bytes: sizes[i]! });
  }
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return { digest: contentHash(sorted), files: sorted };
}

/** Files below a folder, by path; links are followed, hidden files skipped. */
export async function filesBelow(root: string, place = '.'): Promise<string[]> {
  const found: string[] = [];
  for (const name of (await readdir(path.join(root, place))).toSorted()) {
    if (name.startsWith('.')) continue;
    const file = path.join(place, name);
    const about = await stat(path.join(root, file));
    if (about.isDirectory()) found.push(...(await filesBelow(root, file)));
    else if (about.isFile()) found.push(file);
  }
  return found;
}

/** Uploads the files that the store lacks. */
export async function send(
  store: BytesStore,
  prefix: string,
  { root, manifest }: { readonly root: string; readonly manifest: Manifest },
): Promise<void> {
  for (const { path: file, sha256 } of manifest.files) {
    const key = fileKey(prefix, sha256);
    if ((await store.hexists(key, 'end')) === 0) {
      let chunk = 0;
      for await (const bytes of createReadStream(path.join(root, file), { highWaterMark: CHUNK })) {
        await store.hset(key, String(chunk++), bytes as Buffer);
      }
      await store.hset(key, 'end', String(chunk));
    }
    await store.expire(key, STORED_SECONDS);
  }
  await store.set(manifestKey(prefix, manifest.digest), JSON.stringify(manifest.files), 'EX', STORED_SECONDS);
}

export interface FetchParams {
  readonly store: BytesStore;
  readonly prefix: string;
  readonly digest: string;
  /** Folder of everything sent to this machine. */
  readonly cache: string;
  /** Maximum bytes. */
  readonly most: number;
}

/** The folder of sent files, downloaded if missing. Throws SOURCE if the store lacks them, or has other content. */
export async function fetchSent({ store, prefix, digest, cache, most }: FetchParams): Promise<string> {
  const folder = path.join(cache, digest);
  if (await isThere(folder)) {
    const now = new Date();
    await utimes(folder, now, now).catch(() => undefined);
    return folder;
  }
  const files = await manifestIn(store, prefix, digest);
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total > most) {
    const what = `are ${megabytes(total)}; this worker accepts at most ${megabytes(most)}`;
    throw wrong(digest, what, `Raise ${option('sendLimit')} of the worker.`);
  }
  const part = path.join(cache, `${digest}.${randomUUID()}.part`);
  try {
    for (const file of files) await fetchFile({ store, key: fileKey(prefix, file.sha256), to: path.join(part, file.path), file, digest });
    await rename(part, folder).catch(async (error: unknown) => {
      // Another worker on this machine was quicker.
      if (!(await isThere(folder))) throw error;
    });
  } finally {
    await rm(part, { recursive: true, force: true });
  }
  return folder;
}

/** Deletes files sent long ago. */
export async function sweepSent(cache: string): Promise<void> {
  const oldest = Date.now() - KEPT_DAYS * 86_400_000;
  for (const name of await readdir(cache).catch(() => [])) {
    const place = path.join(cache, name);
    if (((await stat(place).catch(() => undefined))?.mtimeMs ?? Infinity) < oldest) await rm(place, { recursive: true, force: true });
  }
}

async function manifestIn(store: BytesStore, prefix: string, digest: string): Promise<readonly SentFile[]> {
  const text = await store.get(manifestKey(prefix, digest));
  if (text === null) throw wrong(digest, 'are not in the queue’s store', AGAIN);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw wrong(digest, `are described by invalid JSON (${reason(error)})`);
  }
  const { success, data } = manifestSchema.safeParse(value);
  if (!success || contentHash(data) !== digest) throw wrong(digest, 'do not match their digest');
  return data;
}

async function fetchFile(params: {
  readonly store: BytesStore;
  readonly key: string;
  readonly to: string;
  readonly file: SentFile;
  readonly digest: string;
}): Promise<void> {
  const { store, key, to, file, digest } = params;
  await makeFolder(path.dirname(to));
  const out = await open(to, 'wx');
  const hash = createHash('sha256');
  try {
    let bytes = 0;
    let coming = chunkOf(store, key, 0);
    for (let chunk = 1; bytes < file.bytes; chunk++) {
      const part = await coming;
      // The next one is on its way while this one is hashed and written.
      coming = chunkOf(store, key, chunk);
      if (part === null || part.length === 0 || bytes + part.length > file.bytes) {
        throw wrong(digest, 'are incomplete in the queue’s store', AGAIN);
      }
      hash.update(part);
      await out.write(part);
      bytes += part.length;
    }
    await out.sync();
  } finally {
    await out.close();
  }
  if (hash.digest('hex') === file.sha256) return;
  // The next experiment that needs it sends it again.
  await store.del(key);
  throw wrong(digest, `differ from those sent: ${file.path} has another sha256`, AGAIN);
}

/** A chunk of a file, requested now and awaited later, or never. */
function chunkOf(store: BytesStore, key: string, chunk: number): Promise<Buffer | null> {
  const coming = store.hgetBuffer(key, String(chunk));
  coming.catch(() => undefined);
  return coming;
}

async function isThere(folder: string): Promise<boolean> {
  return (await stat(folder).catch(() => undefined))?.isDirectory() === true;
}

function wrong(digest: string, what: string, hint?: string): HarnessError {
  return new HarnessError('SOURCE', { where: `files ${digest.slice(0, 12)}`, what: `They ${what}.`, hint });
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

function manifestKey(prefix: string, digest: string): string {
  return `${prefix}:manifest:${digest}`;
}

function fileKey(prefix: string, sha256: string): string {
  return `${prefix}:file:${sha256}`;
}
