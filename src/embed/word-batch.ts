import type { WordTokens } from '../encoders/word-tokens.ts';
import type { WordBatch } from './word-runner.ts';

/** Number of words that have a vector. */
export function wordsKept(lost: Uint8Array): number {
  let count = 0;
  for (const reason of lost) if (reason === 0) count++;
  return count;
}

/**
 * Sentences of equal length as a batch. If no word has a vector, a token is used instead, and if no sentence has a token, the one of id 0:
 * the width of vectors is then known, too.
 */
export function wordBatch(sentences: readonly WordTokens[]): WordBatch {
  const length = Math.max(1, sentences[0]!.ids.length);
  const ids = new Int32Array(sentences.length * length);
  const spans: number[] = [];
  for (const [i, { ids: own, spans: words, lost }] of sentences.entries()) {
    ids.set(own, i * length);
    for (let word = 0; word < lost.length; word++) {
      if (lost[word] === 0) spans.push(i * length + words[2 * word]!, i * length + words[2 * word + 1]!);
    }
  }
  return { ids, count: sentences.length, length, spans: Int32Array.from(spans.length === 0 ? [0, 1] : spans) };
}
