import type { ShardContents } from './shard.ts';
import { HASH_BYTES } from './vector-key.ts';

/** Bytes of vectors that are written together. */
const VECTOR_BYTES = 8 << 20;
/** Bytes of a sentence in addition to its words: hash, tokens, number of words. */
const SENTENCE_BYTES = HASH_BYTES + 2 * Int32Array.BYTES_PER_ELEMENT;

/** A sentence's vectors, as they are stored. */
export interface SentenceVectors {
  readonly hash: string;
  /** Number of tokens before truncation. */
  readonly tokens: number;
  /** [words] WORD_LOSS of each. */
  readonly lost: Uint8Array;
  /** [words that have a vector, width] */
  readonly vectors: Float32Array;
}

/**
 * Buffer for word vectors of one width that wait to be written, as `WaitingRows` for texts: the data that precedes them in a shard's
 * checksum is placed right before them. A word without a vector has zeros.
 */
export class WaitingWords {
  readonly #buffer: ArrayBuffer;
  readonly #vectors: Float32Array<ArrayBuffer>;
  readonly #width: number;
  /** Capacity in words. */
  readonly #room: number;
  readonly #before: number;
  #sentences: Omit<SentenceVectors, 'vectors'>[] = [];
  #words = 0;

  /** Room for 8 MB of vectors, or for one sentence of `words` words if that needs more. */
  constructor(width: number, words: number) {
    this.#width = width;
    this.#room = Math.max(1, words, Math.floor(VECTOR_BYTES / (4 * width)));
    // Every sentence has a word.
    this.#before = Math.ceil((this.#room * (SENTENCE_BYTES + 1)) / 4) * 4;
    this.#buffer = new ArrayBuffer(this.#before + this.#room * 4 * width);
    this.#vectors = new Float32Array(this.#buffer, this.#before);
  }

  /** Whether there is room for this many more words. */
  fits(words: number): boolean {
    return this.#words + words <= this.#room;
  }

  /** `vectors` is copied. */
  put({ vectors, ...sentence }: SentenceVectors): void {
    const { lost } = sentence;
    const width = this.#width;
    const to = this.#words * width;
    if (vectors.length === lost.length * width) this.#vectors.set(vectors, to);
    else {
      for (let i = 0, from = 0; i < lost.length; i++) {
        const place = to + i * width;
        if (lost[i] !== 0) this.#vectors.fill(0, place, place + width);
        else this.#vectors.set(vectors.subarray(from * width, ++from * width), place);
      }
    }
    this.#sentences.push(sentence);
    this.#words += lost.length;
  }

  /** All sentences, until the next `put`, which starts over. */
  take(): ShardContents {
    const sentences = this.#sentences;
    const counts = new Int32Array(this.#buffer, this.#before - 4 * sentences.length, sentences.length);
    const tokens = new Int32Array(this.#buffer, counts.byteOffset - counts.byteLength, sentences.length);
    const hashes = Buffer.from(this.#buffer, tokens.byteOffset - sentences.length * HASH_BYTES, sentences.length * HASH_BYTES);
    const lost = new Uint8Array(this.#buffer, hashes.byteOffset - this.#words, this.#words);
    let at = 0;
    for (const [i, sentence] of sentences.entries()) {
      counts[i] = sentence.lost.length;
      tokens[i] = sentence.tokens;
      lost.set(sentence.lost, at);
      at += sentence.lost.length;
    }
    hashes.write(sentences.map(({ hash }) => hash).join(''), 'latin1');
    const vectors = this.#vectors.subarray(0, this.#words * this.#width);
    this.#sentences = [];
    this.#words = 0;
    return { hashes, tokens, vectors, width: this.#width, words: { counts, lost } };
  }
}
