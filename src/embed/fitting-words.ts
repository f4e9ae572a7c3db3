import type { WordTokens } from '../encoders/word-tokens.ts';
import { isOutOfMemory } from '../graph/out-of-memory.ts';
import { Fitting, halvesOf, joined } from './fitting.ts';
import { wordBatch, wordsKept } from './word-batch.ts';
import type { WordRunner } from './word-runner.ts';

/** Sentences of equal length that are run in parts if they do not fit into memory; the result as of `runWords` for one batch. */
export type FittingWords = Fitting<readonly WordTokens[], Float32Array[]>;

export function fittingWords(runner: Pick<WordRunner, 'runWords'>): FittingWords {
  return new Fitting({
    run: (sentences) => runner.runWords(wordBatch(sentences)),
    count: ({ length }) => length,
    size: (sentences) => sentences.length * sentences[0]!.ids.length,
    halves: halvesOf,
    join: ([first, second], [one, other]) => {
      // A part without words has the vector of a token, for its width alone.
      if (!hasWords(other)) return first;
      return hasWords(one) ? first.map((vectors, i) => joined(vectors, second[i]!)) : second;
    },
    isOutOfMemory,
  });
}

function hasWords(sentences: readonly WordTokens[]): boolean {
  return sentences.some(({ lost }) => wordsKept(lost) > 0);
}
