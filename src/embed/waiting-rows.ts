import type { ShardContents } from './shard.ts';
import { HASH_BYTES } from './vector-key.ts';

/** Bytes of vectors that are written together. */
const VECTOR_BYTES = 8 << 20;
/** Bytes of a row in addition to its vector. */
const ROW_BYTES = HASH_BYTES + Int32Array.BYTES_PER_ELEMENT;

/**
 * Buffer for vectors of one width that wait to be written: kept separately, they would hold the memory of all batches that they came from.
 * The data that precedes them in a shard's checksum is placed right before them, so that all of it is one array, without a copy.
 */
export class WaitingRows {
  readonly #buffer: ArrayBuffer;
  readonly #vectors: Float32Array<ArrayBuffer>;
  readonly #width: number;
  readonly #most: number;
  #hashes: string[] = [];
  #tokens: number[] = [];

  constructor(width: number) {
    this.#width = width;
    this.#most = Math.max(1, Math.floor(VECTOR_BYTES / (4 * width)));
    this.#buffer = new ArrayBuffer(this.#most * (ROW_BYTES + 4 * width));
    this.#vectors = new Float32Array(this.#buffer, this.#most * ROW_BYTES);
  }

  get isFull(): boolean {
    return this.#hashes.length === this.#most;
  }

  put(hash: string, vector: Float32Array, tokens: number): void {
    this.#vectors.set(vector, this.#hashes.length * this.#width);
    this.#hashes.push(hash);
    this.#tokens.push(tokens);
  }

  /** All rows, until the next `put`, which starts over. */
  take(): ShardContents {
    const rows = this.#hashes.length;
    const from = (this.#most - rows) * ROW_BYTES;
    const hashes = Buffer.from(this.#buffer, from, rows * HASH_BYTES);
    hashes.write(this.#hashes.join(''), 'latin1');
    const tokens = new Int32Array(this.#buffer, from + hashes.length, rows);
    tokens.set(this.#tokens);
    this.#hashes = [];
    this.#tokens = [];
    return { hashes, tokens, vectors: this.#vectors.subarray(0, rows * this.#width), width: this.#width };
  }
}
