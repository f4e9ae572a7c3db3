import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeAtomically } from '../files/atomic.ts';
import { makeFolder } from '../files/make-folder.ts';

export interface Checksums {
  readonly bytes: number;
  readonly sha256: string;
  /** Hash used by git, and by the hub for small files: sha1 of `blob <bytes>\0` and the bytes. */
  readonly gitOid: string;
}

/** Both hashes of a file in one streamed pass. */
export async function checksumsOf(file: string): Promise<Checksums> {
  const { size } = await stat(file);
  const sha256 = createHash('sha256');
  const git = createHash('sha1').update(`blob ${size}\0`);
  let bytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    sha256.update(chunk);
    git.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: sha256.digest('hex'), gitOid: git.digest('hex') };
}

interface Noted extends Checksums {
  /** Device, inode, size, modification and change times: these change whenever the content does. */
  readonly stamp: string;
}

/** Changes within one tick of a file system's clock have the same time: the tick is a whole second if its times have no fractions. */
const TICK_MS = 20;
const COARSE_TICK_MS = 2000;

/** Maximum files recorded; the least recently seen are dropped. */
const MOST_NOTED = 20_000;

/** Checksums of files, cached by path and file metadata, so that large files are read once. */
export class ChecksumNotes {
  readonly #file: string;
  readonly #tickMs: number;
  #notes: Promise<Map<string, Noted>> | undefined;
  #fresh = new Map<string, Noted>();

  /** `tickMs`: for tests. */
  constructor(folder: string, { tickMs = TICK_MS } = {}) {
    this.#file = path.join(folder, 'checksums.json');
    this.#tickMs = tickMs;
  }

  async of(file: string): Promise<Checksums> {
    // A snapshot's link and its target count as one file.
    const place = await realpath(file);
    let before = await stampOf(place, this.#tickMs);
    const noted = this.#fresh.get(place) ?? (await this.#read()).get(place);
    if (noted !== undefined && noted.stamp === before.stamp) return noted;
    if (!before.settled && before.tick <= TICK_MS) {
      // Just downloaded: waiting is faster than reading it again.
      await sleep(before.tick + 1);
      before = await stampOf(place, this.#tickMs);
    }
    const sums = { ...(await checksumsOf(place)), stamp: before.stamp };
    // A file that changed while it was read, or may change again within the same tick, is read again next time.
    if (before.settled && (await stampOf(place, this.#tickMs)).stamp === before.stamp) this.#fresh.set(place, sums);
    return sums;
  }

  /** Writes the recorded checksums. If that fails, the only cost is time later. */
  async save(): Promise<void> {
    if (this.#fresh.size === 0) return;
    const fresh = this.#fresh;
    this.#fresh = new Map();
    // Read again: another process may have added some in the meantime.
    const notes = await readNotes(this.#file);
    for (const [place, sums] of fresh) {
      notes.delete(place);
      notes.set(place, sums);
    }
    this.#notes = Promise.resolve(notes);
    const kept = [...notes].slice(-MOST_NOTED);
    try {
      await makeFolder(path.dirname(this.#file));
      await writeAtomically(this.#file, JSON.stringify(Object.fromEntries(kept)));
    } catch {
      // A read-only cache folder.
    }
  }

  #read(): Promise<Map<string, Noted>> {
    this.#notes ??= readNotes(this.#file);
    return this.#notes;
  }
}

interface Stamp {
  readonly stamp: string;
  /** Long enough ago that a later change has another time. */
  readonly settled: boolean;
  readonly tick: number;
}

async function stampOf(file: string, tickMs: number): Promise<Stamp> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
  const tick = ctimeNs % 1_000_000_000n === 0n ? COARSE_TICK_MS : tickMs;
  const settled = Math.abs(Date.now() - Number(ctimeNs / 1_000_000n)) > tick;
  return { stamp: [dev, ino, size, mtimeNs, ctimeNs].join(' '), settled, tick };
}

async function readNotes(file: string): Promise<Map<string, Noted>> {
  try {
    return new Map(Object.entries(JSON.parse(await readFile(file, 'utf8')) as Record<string, Noted>));
  } catch {
    return new Map();
  }
}
