import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../../src/home.ts';

/** Questions of TREC-6, those for training first. */
export interface Questions {
  readonly texts: readonly string[];
  /** Class of each, 0 to 5. */
  readonly labels: readonly number[];
  /** Number of those for training. */
  readonly train: number;
}

export const QUESTION_FILES = ['train_5500.label', 'TREC_10.label'] as const;

/** The folder with TREC's files: EMBEDDING_BENCH_TREC, or the first that has them. Throws if there is none. */
export function questionsFolder(): string {
  const own = process.env['EMBEDDING_BENCH_TREC'];
  const folders = own === undefined ? [path.join(packageRoot(), 'trec'), path.join(packageRoot(), '..', 'shared', 'data', 'trec')] : [own];
  const folder = folders.find((each) => QUESTION_FILES.every((file) => existsSync(path.join(each, file))));
  if (folder === undefined)
    throw new Error(`${QUESTION_FILES.join(' and ')} are not in ${folders.join(' or ')}: set EMBEDDING_BENCH_TREC.`);
  return folder;
}

/** The questions. `most`: of both splits together, nine of ten for training. Throws if their files are missing. */
export function readQuestions(most: number | undefined): Questions {
  const folder = questionsFolder();
  const [train, test] = QUESTION_FILES.map((file) =>
    readFileSync(path.join(folder, file), 'latin1')
      .split('\n')
      .filter((line) => line !== ''),
  ) as [string[], string[]];
  const classes = [...new Set(train.map(classOf))].toSorted();
  const trainLines = most === undefined ? train : train.slice(0, Math.round(0.9 * most));
  const lines = [...trainLines, ...test.slice(0, most === undefined ? undefined : most - trainLines.length)];
  return {
    texts: lines.map((line) => line.slice(line.indexOf(' ') + 1)),
    labels: lines.map((line) => classes.indexOf(classOf(line))),
    train: trainLines.length,
  };
}

function classOf(line: string): string {
  return line.slice(0, line.indexOf(':'));
}
