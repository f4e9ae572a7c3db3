import type { Split } from './dataset.ts';
import { own } from '../own.ts';

const SPLIT_WORDS: Readonly<Record<string, Split>> = {
  train: 'train',
  training: 'train',
  dev: 'dev',
  development: 'dev',
  valid: 'dev',
  validation: 'dev',
  val: 'dev',
  eval: 'dev',
  evaluation: 'dev',
  test: 'test',
  testing: 'test',
};

/** Words that others read as test. */
const DOUBTFUL = ['eval', 'evaluation'];

/** The split that a word means, ignoring case; undefined if none. */
export function splitNamed(word: string): Split | undefined {
  const key = word.toLowerCase();
  return own(SPLIT_WORDS, key);
}

/**
 * Words for splits in a name of a file or folder, between `-`, `.`, `_`, blanks and digits, as the library datasets finds them:
 * `mydata_train`, `train2`, `test-clean`.
 */
export function splitWords(name: string): string[] {
  return name.split(/[-._ 0-9]+/).filter((word) => splitNamed(word) !== undefined);
}

/** Whether datasets reads the word as test, where we read it as dev. */
export function isDoubtful(word: string): boolean {
  return DOUBTFUL.includes(word.toLowerCase());
}
