import type { TokenDataset } from '../datasets/dataset.ts';
import type { EmbeddedWords } from '../embed/embed-words.ts';
import { OUTSIDE } from '../tags/letters.ts';

/** Words of a dataset that have no vector, and why. */
export type LostWords = Pick<EmbeddedWords, 'lost' | 'beyondLimit' | 'withoutSubTokens'>;

/** What they do to a score: a line, or none where there are none. */
export function saidOfLost(encoder: string, { key, tags, classes }: TokenDataset, { beyondLimit, withoutSubTokens }: LostWords): string[] {
  const why = [
    ...(beyondLimit > 0 ? [`${beyondLimit} stand behind its length limit`] : []),
    ...(withoutSubTokens > 0 ? [`${withoutSubTokens} have no sub-token`] : []),
  ];
  if (why.length === 0) return [];
  const given = classes.includes(OUTSIDE) ? OUTSIDE : 'no tag, which is wrong';
  return [
    `${key}: ${encoder} has no vector of ${beyondLimit + withoutSubTokens} of ${tags.length} words (${why.join(', ')}): `
      + `they are nobody's neighbours, and as words of test they are given ${given}.`,
  ];
}
