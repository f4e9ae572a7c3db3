import { writeFileSync } from 'node:fs';
import path from 'node:path';

/** Tagged sentences that a small encoder can learn. */

export interface TaggedSentence {
  readonly words: readonly string[];
  readonly tags: readonly string[];
  readonly split: 'train' | 'dev' | 'test';
}

const WORDS = ['river', 'heron', 'ferry', 'bread', 'noon', 'salt', 'lamps', 'clock'];

/** IOB2. */
function tagOf(word: string, before: string | undefined): string {
  if (word === 'river') return 'B-place';
  if (word === 'heron' && before === 'river') return 'I-place';
  return word === 'salt' || word === 'ferry' ? 'B-thing' : 'O';
}

/** Two to five words each. */
export const TAGGED_SENTENCES: readonly TaggedSentence[] = Array.from({ length: 84 }, (_, i) => {
  const words = Array.from({ length: 2 + (i % 4) }, (_word, at) =>
    at > 0 && (i + at) % 5 === 0 ? 'heron' : WORDS[(i * i + 3 * at * (1 + (i % 3)) + Math.floor(i / 5)) % WORDS.length]!,
  );
  return { words, tags: words.map((word, at) => tagOf(word, words[at - 1])), split: i % 7 < 4 ? 'train' : i % 7 < 5 ? 'dev' : 'test' };
});

/** The same with tags of another kind. */
export function retagged(tag: (tag: string, word: string, before: string | undefined) => string): TaggedSentence[] {
  return TAGGED_SENTENCES.map(({ words, tags, split }) => ({
    words,
    tags: tags.map((each, at) => tag(each, words[at]!, tags[at - 1])),
    split,
  }));
}

/** Writes JSON lines; returns the file. */
export function writeTagged(file: string, sentences: readonly Partial<TaggedSentence>[] = TAGGED_SENTENCES): string {
  writeFileSync(file, sentences.map((sentence) => `${JSON.stringify(sentence)}\n`).join(''));
  return file;
}

/** Sentences in columns, without their splits. */
export function conllOf(sentences: readonly Pick<TaggedSentence, 'words' | 'tags'>[]): string {
  return sentences.map(({ words, tags }) => words.map((word, at) => `${word}\t${tags[at]!}\n`).join('')).join('\n');
}

/** Writes one file of columns per split into a folder. */
export function writeConll(folder: string, sentences: readonly TaggedSentence[] = TAGGED_SENTENCES): void {
  for (const split of ['train', 'dev', 'test'] as const) {
    writeFileSync(path.join(folder, `${split}.conll`), conllOf(sentences.filter((each) => each.split === split)));
  }
}
