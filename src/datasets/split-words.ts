import type { Split } from './dataset.ts';
import { own } from '../own.ts';

const SPLIT_WORDS: Readonly<Record<string, Split>> = {
  train: 'train', training: 'train', dev: 'dev', development: 'dev', valid: 'dev', validation: 'dev', val: 'dev', test: 'test',
};

/** The split that a word stands for, whatever its case; undefined where it is none. */
export function splitNamed(word: string): Split | undefined {
  const key = word.toLowerCase();
  return own(SPLIT_WORDS, key);
}
