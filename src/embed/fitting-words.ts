import type { WordTokens } from '../encoders/word-tokens.ts';
import { isOutOfMemory } from '../graph/out-of-memory.ts';
import { joined } from './joined.ts';
import { wordBatch, wordsKept } from './word-batch.ts';
import type { WordRunner } from './word-runner.ts';

/**
 * Runs batches of sentences in parts that fit into memory: if one does not, its halves are tried, and later batches are no larger. Vectors
 * of a sentence's words do not depend on what else is in its batch.
 */
export class FittingWords {
  readonly #runner: Pick<WordRunner, 'runWords'>;
  /** Maximum tokens of a batch, as far as is known. */
  #most = Infinity;

  constructor(runner: Pick<WordRunner, 'runWords'>) {
    this.#runner = runner;
  }

  /**
   * Vectors of the words of sentences of equal length, for each spec [words, its width], as `runWords` returns them for one batch. Throws
   * what the runner throws, and its error for lack of memory if a sentence alone does not fit.
   */
  async run(sentences: readonly WordTokens[]): Promise<Float32Array[]> {
    const tokens = sentences.length * sentences[0]!.ids.length;
    if (sentences.length === 1 || tokens <= this.#most) {
      try {
        return await this.#runner.runWords(wordBatch(sentences));
      } catch (error) {
        if (sentences.length === 1 || !isOutOfMemory(error)) throw error;
        this.#most = Math.ceil(tokens / 2);
      }
    }
    const half = Math.ceil(sentences.length / 2);
    const parts: Float32Array[][] = [];
    let empty: Float32Array[] = [];
    for (const part of [sentences.slice(0, half), sentences.slice(half)]) {
      const vectors = await this.run(part);
      // A part without words has the vector of a token, for its width alone.
      if (part.every(({ lost }) => wordsKept(lost) === 0)) empty = vectors;
      else parts.push(vectors);
    }
    const [first = empty, second] = parts;
    return second === undefined ? first : first.map((vectors, i) => joined(vectors, second[i]!));
  }
}
