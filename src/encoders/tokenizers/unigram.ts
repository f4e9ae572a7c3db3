import { asFlag, asId, must, type JsonNode } from './json-node.ts';
import type { Pieces } from './pieces.ts';
import { PrefixTable } from './prefix-table.ts';

/** Penalty of an unknown character relative to the worst token. */
const UNKNOWN_PENALTY = 10;
const ENCODER = new TextEncoder();

/**
 * Unigram language model of SentencePiece (Kudo 2018): of all segmentations of a word into tokens, the one with the largest sum of log
 * probabilities. Sums are float64 from left to right, of equal ones that with the longest last token is used; adjacent unknown characters
 * are one token: as in `Unigram` of the `tokenizers` library.
 */
export class Unigram {
  readonly #tokens: PrefixTable<number>;
  readonly #scores: readonly number[];
  readonly #unknown: number | undefined;
  readonly #unknownScore: number;
  readonly #byteFallback: boolean;

  /** `model` of a tokenizer.json. Throws an Error with a sentence. */
  constructor(model: JsonNode) {
    const { vocab, unk_id: unknown } = model;
    must(Array.isArray(vocab) && vocab.length > 0, 'model.vocab is not a list of tokens');
    const entries = vocab.map((entry: unknown, i) => {
      must(
        Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'number',
        `model.vocab[${i}] is not a token with its score`,
      );
      return entry as [string, number];
    });
    this.#tokens = new PrefixTable(entries.map(([token], id) => [token, id] as const));
    this.#scores = entries.map(([, score]) => score);
    this.#unknown = unknown === null || unknown === undefined ? undefined : asId(unknown, 'model.unk_id');
    must(
      this.#unknown === undefined || this.#unknown < vocab.length,
      `model.unk_id ${this.#unknown} is not in its vocabulary of ${vocab.length}`,
    );
    this.#unknownScore = this.#scores.reduce((least, score) => Math.min(least, score), Infinity) - UNKNOWN_PENALTY;
    this.#byteFallback = asFlag(model['byte_fallback'], false);
  }

  id(token: string): number | undefined {
    return this.#tokens.get(token);
  }

  pieces(word: string): Pieces {
    const ids: number[] = [];
    const tokens: string[] = [];
    for (const token of this.#segments(word)) {
      const bytes = this.#tokens.get(token) === undefined && this.#byteFallback ? this.#bytesOf(token) : undefined;
      for (const part of bytes ?? [token]) {
        const id = this.#tokens.get(part) ?? this.#unknown;
        if (id === undefined) continue;
        ids.push(id);
        tokens.push(part);
      }
    }
    return { ids, tokens };
  }

  /** The word segmented into its best tokens (Viterbi); adjacent unknown characters are one. */
  #segments(word: string): string[] {
    const { from, known } = this.#bestPath(word);
    const segments: string[] = [];
    let unknownEnd = 0;
    for (let end = word.length; end > 0; end = from[end]!) {
      const start = from[end]!;
      if (known[end] === 0) {
        if (unknownEnd === 0) unknownEnd = end;
        if (start === 0 || known[start] === 1) {
          segments.push(word.slice(start, unknownEnd));
          unknownEnd = 0;
        }
      } else {
        segments.push(word.slice(start, end));
      }
    }
    return segments.toReversed();
  }

  /**
   * For each position in the word where a token may end: the start of the last token of the best path to it, and whether it is a known one.
   */
  #bestPath(word: string): { from: Int32Array; known: Uint8Array } {
    const from = new Int32Array(word.length + 1).fill(-1);
    const known = new Uint8Array(word.length + 1);
    const best = new Float64Array(word.length + 1);
    for (let start = 0; start < word.length;) {
      const width = word.codePointAt(start)! > 0xffff ? 2 : 1;
      let single = false;
      for (const length of this.#tokens.lengthsAt(word, start)) {
        const end = start + length;
        if (end > word.length) break;
        const id = this.#tokens.get(word.slice(start, end));
        if (id === undefined) continue;
        single ||= length === width;
        const score = best[start]! + this.#scores[id]!;
        if (from[end] !== -1 && score <= best[end]!) continue;
        best[end] = score;
        from[end] = start;
        known[end] = id === this.#unknown ? 0 : 1;
      }
      const score = best[start]! + this.#unknownScore;
      const end = start + width;
      if (!single && (from[end] === -1 || score > best[end]!)) {
        best[end] = score;
        from[end] = start;
        known[end] = 0;
      }
      start = end;
    }
    return { from, known };
  }

  /** A token for each byte; undefined if one of them has none. */
  #bytesOf(token: string): string[] | undefined {
    const bytes = Array.from(ENCODER.encode(token), (byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
    return bytes.every((byte) => this.#tokens.get(byte) !== undefined) ? bytes : undefined;
  }
}
