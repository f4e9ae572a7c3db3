import { open, type FileHandle } from 'node:fs/promises';
import { HarnessError } from '../errors.ts';
import type { ShardContents } from './shard.ts';
import { eachShard, writeVectors } from './vector-file.ts';
import { HASH_BYTES, type VectorKey } from './vector-key.ts';
import { WaitingWords, type SentenceVectors } from './waiting-words.ts';

/** Vectors are written to disk after this many seconds, or when the buffer is full: the most that a crash may lose. */
const FLUSH_SECONDS = 20;
/** Maximum gap between rows, in bytes, that is read along with them: cheaper than another read. */
const GAP_BYTES = 1 << 16;

interface Shard {
  readonly file: string;
  /** [sentences] Number of tokens of each before truncation. */
  readonly tokens: Int32Array;
  /** [sentences + 1] Start row of each sentence's words. */
  readonly starts: Int32Array;
  /** [rows] WORD_LOSS of each word. */
  readonly lost: Uint8Array;
}

/** A position is one number, shard * SHARD + sentence. */
const SHARD = 2 ** 32;

/** Words of a sentence whose vectors are requested. */
export interface WantedWords {
  readonly hash: string;
  /** The first of them, and their number. */
  readonly from: number;
  readonly count: number;
  /** Index passed to `take` for the first; the following ones are consecutive. */
  readonly to: number;
}

/** Vectors of words of one encoder and pooling, by sentence. */
export class WordFile {
  readonly #folder: string;
  readonly #key: VectorKey;
  readonly #warn: (line: string) => void;
  readonly #shards: Shard[] = [];
  readonly #places = new Map<string, number>();
  #waiting: WaitingWords | undefined;
  /** The buffer of written vectors, reused for the next ones: freed memory is returned late. */
  #spare: WaitingWords | undefined;
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

  /** Number of tokens of a stored sentence before truncation. */
  tokens(hash: string): number {
    const { shard, sentence } = this.#at(hash);
    return shard.tokens[sentence]!;
  }

  /** [words] WORD_LOSS of each word of a stored sentence. */
  lost(hash: string): Uint8Array {
    const { shard, sentence } = this.#at(hash);
    return shard.lost.subarray(shard.starts[sentence], shard.starts[sentence + 1]);
  }

  /**
   * Adds the vectors of a sentence's words; they are on disk after the next `flush`, or earlier. Throws STORE if they cannot be written.
   */
  async put(sentence: SentenceVectors, width: number): Promise<void> {
    const words = sentence.lost.length;
    while (this.#waiting?.fits(words) === false) await this.flush();
    if (this.#waiting === undefined) {
      this.#waiting = this.#spare?.fits(words) === true ? this.#spare : new WaitingWords(width, words);
      this.#spare = undefined;
    }
    this.#waiting.put(sentence);
    if (Date.now() - this.#flushed >= FLUSH_SECONDS * 1000) await this.flush();
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

  /**
   * Vectors one at a time: `take` has each until it returns. Their order is that on disk. Only the requested rows of a shard, and small
   * gaps between them, are read. Throws STORE for a file that has become too short.
   */
  async each(wanted: Iterable<WantedWords>, take: (i: number, vector: Float32Array) => void): Promise<void> {
    const byShard = new Map<number, RowRun[]>();
    for (const { hash, from, count, to } of wanted) {
      const place = this.#places.get(hash)!;
      const shard = Math.floor(place / SHARD);
      const row = this.#shards[shard]!.starts[place % SHARD]! + from;
      const runs = byShard.get(shard);
      if (runs === undefined) byShard.set(shard, [{ row, count, to }]);
      else runs.push({ row, count, to });
    }
    for (const [shard, runs] of byShard) await readRuns({ file: this.#shards[shard]!.file, width: this.#width, runs }, take);
  }

  #at(hash: string): { shard: Shard; sentence: number } {
    const place = this.#places.get(hash)!;
    return { shard: this.#shards[Math.floor(place / SHARD)]!, sentence: place % SHARD };
  }

  #add(file: string, { hashes, tokens, width, words, vectors }: ShardContents): void {
    if (words === undefined) throw new Error('it lacks a tensor.');
    if (this.#width !== 0 && width !== this.#width)
      throw new Error(`its vectors have ${width} dimensions, the earlier ones ${this.#width}.`);
    const starts = new Int32Array(tokens.length + 1);
    for (const [i, count] of words.counts.entries()) starts[i + 1] = starts[i]! + count;
    if (starts.at(-1)! !== words.lost.length || vectors.length !== words.lost.length * width) throw new Error('it lacks vectors.');
    this.#width = width;
    const shard = this.#shards.push({ file, tokens: tokens.slice(), starts, lost: words.lost.slice() }) - 1;
    const all = Buffer.from(hashes.buffer, hashes.byteOffset, hashes.byteLength);
    for (let i = 0; i < tokens.length; i++) {
      this.#places.set(all.toString('latin1', i * HASH_BYTES, (i + 1) * HASH_BYTES), shard * SHARD + i);
    }
  }
}

/** Consecutive rows of a shard. */
interface RowRun {
  readonly row: number;
  readonly count: number;
  readonly to: number;
}

async function readRuns(
  { file, width, runs }: { file: string; width: number; runs: RowRun[] },
  take: (i: number, vector: Float32Array) => void,
): Promise<void> {
  const ordered = runs.toSorted((a, b) => a.row - b.row);
  const handle = await open(file);
  try {
    const offset = await vectorsOffset(handle, file);
    for (let i = 0; i < ordered.length;) {
      const first = ordered[i]!.row;
      let end = first;
      let next = i;
      for (; next < ordered.length && (ordered[next]!.row - end) * 4 * width <= GAP_BYTES; next++) {
        end = Math.max(end, ordered[next]!.row + ordered[next]!.count);
      }
      const block = new Float32Array((end - first) * width);
      await readAll(handle, new Uint8Array(block.buffer), { at: offset + first * 4 * width, file });
      for (; i < next; i++) {
        const { row, count, to } = ordered[i]!;
        for (let k = 0; k < count; k++) take(to + k, block.subarray((row - first + k) * width, (row - first + k + 1) * width));
      }
    }
  } finally {
    await handle.close();
  }
}

/** Offset of a shard's vectors, from its header. */
async function vectorsOffset(handle: FileHandle, file: string): Promise<number> {
  const length = new Uint8Array(8);
  await readAll(handle, length, { at: 0, file });
  const bytes = new Uint8Array(Number(new DataView(length.buffer).getBigUint64(0, true)));
  await readAll(handle, bytes, { at: 8, file });
  const header = JSON.parse(Buffer.from(bytes).toString()) as { vectors: { data_offsets: [number, number] } };
  return 8 + bytes.length + header.vectors.data_offsets[0];
}

async function readAll(handle: FileHandle, out: Uint8Array, { at, file }: { at: number; file: string }): Promise<void> {
  for (let done = 0; done < out.length;) {
    const { bytesRead } = await handle.read(out, done, out.length - done, at + done);
    if (bytesRead === 0) {
      const hint = 'Run it again: its vectors are recomputed.';
      throw new HarnessError('STORE', { where: file, what: 'It became shorter since it was opened.', hint });
    }
    done += bytesRead;
  }
}
