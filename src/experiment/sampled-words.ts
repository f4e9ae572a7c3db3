import type { TokenDataset } from '../datasets/dataset.ts';
import { sample } from '../numeric/random.ts';

/** Words of each tag that are looked at where nobody says another number: O alone has millions. */
export const WORDS_PER_CLASS = 20_000;

export interface SampledWords {
  /** [words] 1 where a word is looked at; undefined: all are. */
  readonly words: Uint8Array | undefined;
  /** What a result says of it: empty where all are. */
  readonly said: string;
}

/** At most so many words of each tag, drawn without replacement. */
export function sampledWords({ tags, classes }: Pick<TokenDataset, 'tags' | 'classes'>, most: number, seed: number): SampledWords {
  const rows = classes.map((_, tag) => wordsOf(tags, tag));
  if (rows.every(({ length }) => length <= most)) return { words: undefined, said: '' };
  const words = new Uint8Array(tags.length);
  for (const own of rows) {
    const drawn = own.length <= most ? own.keys() : sample({ n: own.length, size: most, seed });
    for (const at of drawn) words[own[at]!] = 1;
  }
  return { words, said: `at most ${most} words a tag, seed ${seed}` };
}

function wordsOf(tags: Int32Array, tag: number): number[] {
  const rows: number[] = [];
  for (const [word, own] of tags.entries()) if (own === tag) rows.push(word);
  return rows;
}
