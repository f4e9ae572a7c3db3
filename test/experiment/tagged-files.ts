import { readFileSync } from 'node:fs';
import { conll } from '../../src/datasets/readers/conll.ts';
import { conllu } from '../../src/datasets/readers/conllu.ts';

/** Sentences of a CoNLL or CoNLL-U file, as examples without a split. */
export function readTagged(
  file: string,
): { readonly text: string; readonly words: readonly string[]; readonly labels: readonly string[] }[] {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .map((text, i) => ({ text, number: i + 1 }));
  const read = file.endsWith('.conllu') ? conllu : conll;
  return [...read({ lines, file: { name: file } } as Parameters<typeof read>[0])].map(({ words, tags }) => ({
    text: words.join(' '),
    words,
    labels: tags,
  }));
}
