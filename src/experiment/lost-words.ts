import type { TokenDataset } from '../datasets/dataset.ts';
import type { EmbeddedWords } from '../embed/embed-words.ts';
import { HarnessError } from '../errors.ts';
import { OUTSIDE } from '../tags/letters.ts';

/** Words of a dataset without a vector, and why. */
export type LostWords = Pick<EmbeddedWords, 'lost' | 'beyondLimit' | 'withoutSubTokens'>;

/** Their effect on a score, as one line; empty if there are none. */
export function lostWordsNote(
  encoder: string,
  { key, tags, classes }: TokenDataset,
  { beyondLimit, withoutSubTokens }: LostWords,
): string[] {
  const why = [
    ...(beyondLimit > 0 ? [`${beyondLimit} are beyond its length limit`] : []),
    ...(withoutSubTokens > 0 ? [`${withoutSubTokens} have no sub-tokens`] : []),
  ];
  if (why.length === 0) return [];
  const given = classes.includes(OUTSIDE) ? OUTSIDE : 'no tag, which counts as wrong';
  return [
    `${key}: ${encoder} has no vector of ${beyondLimit + withoutSubTokens} of ${tags.length} words (${why.join(', ')}): ` +
      `they are not used as neighbours, and test words among them get ${given}.`,
  ];
}

/** Throws DATA if no training word has a vector: there is nothing to learn from. */
export function checkTrainWords(encoder: string, { key, split, starts }: TokenDataset, { lost }: LostWords): void {
  const train = [...split.keys()].filter((row) => split[row] === 0);
  if (train.some((row) => lost.subarray(starts[row]!, starts[row + 1]!).includes(0))) return;
  throw new HarnessError('DATA', {
    where: key,
    what: `${encoder} has no vectors for any training word: nothing to train on.`,
    hint: 'Use another encoder, or check the words.',
  });
}
