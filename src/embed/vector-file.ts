import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { HarnessError, option, reason } from '../errors.ts';
import { writeAtomically } from '../files/atomic.ts';
import { makeFolder } from '../files/make-folder.ts';
import { matrix, type Matrix } from '../numeric/matrix.ts';
import { collectGarbage, LARGE } from './collect-garbage.ts';
import { readShard, Scratch, writeShard, type ShardContents } from './shard.ts';
import { HASH_BYTES, type VectorKey } from './vector-key.ts';
import { WaitingRows } from './waiting-rows.ts';

/** Rows are written to disk after this many seconds, or when the buffer is full: the most that a crash may lose. */
const FLUSH_SECONDS = 20;

interface Shard {
  readonly file: string;
  /** Number of tokens of each row's text before truncation. */
  readonly tokens: Int32Array;
}

/** A position is one number, shard * SHARD + row: one object per text would dominate memory for a large dataset. */
const SHARD = 2 ** 32;

/** Vectors of one encoder and pooling, by text. */
export class VectorFile {
  readonly #folder: string;
  readonly #key: VectorKey;
  readonly #warn: (line: string) => void;
  readonly #shards: Shard[] = [];
  readonly #places = new Map<string, number>();
  #waiting: WaitingRows | undefined;
  /** The buffer of written vectors, reused for the next ones: freed memory is returned late. */
  #spare: WaitingRows | undefined;
  #flushed = Date.now();
  #width = 0;

  constructor({ folder, key, warn }: { folder: string; key: VectorKey; warn: (line: string) => void }) {
    this.#folder = folder;
    this.#key = key;
    this.#warn = warn;
  }

  /** Dimensions of a vector; 0 as long as there is none. */
  get width(): number {
    return this.#width;
  }

  async index(): Promise<void> {
    await eachShard({ folder: this.#folder, warn: this.#warn }, (file, contents) => this.#add(file, contents));
  }

  has(hash: string): boolean {
    return this.#places.has(hash);
  }

  /** Number of tokens of a stored text before truncation. */
  tokens(hash: string): number | undefined {
    const place = this.#places.get(hash);
    return place === undefined ? undefined : this.#shards[Math.floor(place / SHARD)]!.tokens[place % SHARD];
  }

  /** Adds a vector; it is on disk after the next `flush`, or earlier. Throws STORE if it cannot be written. */
  async put(hash: string, vector: Float32Array, tokens: number): Promise<void> {
    if (this.#waiting === undefined) {
      this.#waiting = this.#spare ?? new WaitingRows(vector.length);
      this.#spare = undefined;
    }
    this.#waiting.put(hash, vector, tokens);
    if (this.#waiting.isFull || Date.now() - this.#flushed >= FLUSH_SECONDS * 1000) await this.flush();
  }

  async flush(): Promise<void> {
    this.#flushed = Date.now();
    // New rows must not overwrite these while they are written.
    const written = this.#waiting;
    if (written === undefined) return;
    this.#waiting = undefined;
    const contents = written.take();
    this.#add(await writeVectors(this.#folder, this.#key, contents), contents);
    this.#spare = written;
  }

  /** Vectors of texts, row i that of hashes[i]; all must be stored. */
  async load(hashes: readonly string[]): Promise<Matrix> {
    if (hashes.length * this.#width > LARGE) collectGarbage();
    const result = matrix(hashes.length, this.#width);
    await this.each(hashes, (i, vector) => result.data.set(vector, i * this.#width));
    return result;
  }

  /**
   * The same one at a time: `take` has the vector of hashes[i] until it returns. Shards are read one after the other, so the order is
   * theirs, and within a shard that of the hashes.
   */
  async each(hashes: readonly string[], take: (i: number, vector: Float32Array) => void): Promise<void> {
    const wanted = new Map<number, number[]>();
    for (const [to, hash] of hashes.entries()) {
      const place = this.#places.get(hash)!;
      const shard = Math.floor(place / SHARD);
      const list = wanted.get(shard);
      if (list === undefined) wanted.set(shard, [to]);
      else list.push(to);
    }
    const scratch = new Scratch();
    for (const [shard, targets] of wanted) {
      const { vectors } = await readShard(this.#shards[shard]!.file, { verify: false, scratch });
      for (const to of targets) {
        const row = this.#places.get(hashes[to]!)! % SHARD;
        take(to, vectors.subarray(row * this.#width, (row + 1) * this.#width));
      }
    }
  }

  #add(file: string, { hashes, tokens, width }: ShardContents): void {
    if (this.#width !== 0 && width !== this.#width)
      throw new Error(`its vectors have ${width} dimensions, the earlier ones ${this.#width}.`);
    this.#width = width;
    const shard = this.#shards.push({ file, tokens: tokens.slice() }) - 1;
    const all = Buffer.from(hashes.buffer, hashes.byteOffset, hashes.byteLength);
    for (let row = 0; row < tokens.length; row++) {
      this.#places.set(all.toString('latin1', row * HASH_BYTES, (row + 1) * HASH_BYTES), shard * SHARD + row);
    }
  }
}

/**
 * Reads the shards of a folder one after the other, by name: `take` has the contents until it returns. A shard that is damaged, or for
 * which `take` throws, is reported and removed.
 */
export async function eachShard(
  { folder, warn }: { folder: string; warn: (line: string) => void },
  take: (file: string, contents: ShardContents) => void,
): Promise<void> {
  const scratch = new Scratch();
  const names = (await readdir(folder).catch(() => [] as string[])).filter((name) => name.endsWith('.safetensors')).toSorted();
  for (const name of names) {
    const file = path.join(folder, name);
    try {
      take(file, await readShard(file, { scratch }));
    } catch (error) {
      warn(`${file}: ${reason(error)} Recomputing its vectors.`);
      // In a read-only folder it stays, and none of its vectors is used.
      await rm(file, { force: true }).catch(() => undefined);
    }
  }
}

/** Writes a shard into the folder of an encoder's vectors of one kind, together with its key. Throws STORE. */
export async function writeVectors(folder: string, key: VectorKey, contents: ShardContents): Promise<string> {
  try {
    await makeFolder(folder);
    await writeOnce(path.join(path.dirname(folder), 'key.json'), `${JSON.stringify(key, null, 2)}\n`);
    return await writeShard(folder, contents);
  } catch (error) {
    throw new HarnessError(
      'STORE',
      {
        where: folder,
        what: `Vectors cannot be written (${reason(error)}).`,
        hint: `Free disk space or give another folder with ${option('cache')}.`,
      },
      { cause: error },
    );
  }
}

async function writeOnce(file: string, text: string): Promise<void> {
  const there = await stat(file).then(
    () => true,
    () => false,
  );
  if (!there) await writeAtomically(file, text);
}
