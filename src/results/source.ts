import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { HarnessError, option } from '../errors.ts';
import { parseRows, readRows } from './csv.ts';
import { predictionsFile, NO_PREDICTIONS, parsePredictions, readPredictions, type Predictions } from './predictions.ts';
import type { Row } from './row.ts';

/** A set of results: a folder on disk, or its state in a commit. */
export interface ResultsSource {
  /** Name for messages. */
  readonly name: string;
  readonly rows: readonly Row[];
  /** Predictions on a dataset. Throws FORMAT if they are broken. */
  predictions(dataset: string): Promise<Predictions>;
}

export interface SourceParams {
  /** A folder, a results.csv, or a revision. */
  readonly from: string;
  /** The results folder to look up at a revision. */
  readonly folder: string;
}

/** Throws OPTION if it is neither a file nor a revision, or has no results. */
export async function openResults({ from, folder }: SourceParams): Promise<ResultsSource> {
  return existsSync(from) ? ofDisk(from) : ofCommit(from, folder);
}

async function ofDisk(from: string): Promise<ResultsSource> {
  const file = statSync(from).isDirectory() ? path.join(from, 'results.csv') : from;
  if (!existsSync(file))
    throw new HarnessError('OPTION', {
      where: from,
      what: 'It has no results.csv.',
      hint: 'Give a results folder, a results.csv, or a git revision.',
    });
  const { rows } = await readRows(file);
  return { name: from, rows, predictions: (dataset) => readPredictions(predictionsFile(path.dirname(file), dataset)) };
}

async function ofCommit(revision: string, folder: string): Promise<ResultsSource> {
  const place = nearestFolder(folder);
  const commit = await git(place, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]);
  if (commit === undefined) {
    const inGit = (await git(place, ['rev-parse', '--git-dir'])) !== undefined;
    throw new HarnessError('OPTION', {
      what: inGit
        ? `"${revision}" is neither a file, a folder, nor a revision.`
        : `"${revision}" is not a file or folder, nor a revision: ${place} is not in a git repository.`,
      hint: 'Give a results folder, a results.csv, or a git revision.',
    });
  }
  const prefix = (await git(place, ['rev-parse', '--show-prefix']))!.trim();
  const within = path.posix.join(prefix, path.relative(place, path.resolve(folder)).split(path.sep).join('/'));
  const show = (file: string) => git(place, ['show', `${commit.trim()}:${path.posix.join(within, file)}`]);
  const text = await show('results.csv');
  const name = `${revision}:${path.posix.join(within, 'results.csv')}`;
  if (text === undefined)
    throw new HarnessError('OPTION', {
      where: name,
      what: 'That commit has no such file.',
      hint: `Give the results folder with ${option('out')}, or another revision.`,
    });
  return {
    name: revision,
    rows: parseRows({ text, file: name }).rows,
    predictions: async (dataset) => {
      const file = path.posix.join('examples', path.basename(predictionsFile('', dataset)));
      const lines = await show(file);
      return lines === undefined ? NO_PREDICTIONS : parsePredictions({ text: lines, file: `${revision}:${path.posix.join(within, file)}` });
    },
  };
}

/** Whether a commit has the results of a folder. Throws OPTION if git is not installed. */
export async function inCommit({ revision, folder }: { readonly revision: string; readonly folder: string }): Promise<boolean> {
  // Whatever the revision contains, followed by `:` and a path it cannot be taken for an option.
  return (
    existsSync(folder) &&
    (await git(folder, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}:./results.csv`])) !== undefined
  );
}

/** The folder, or its nearest existing parent: a commit may have what the disk has not. */
function nearestFolder(folder: string): string {
  let place = path.resolve(folder);
  while (!existsSync(place)) place = path.dirname(place);
  return place;
}

/** Output of git, `undefined` if it fails. Throws OPTION if git is not installed. */
async function git(folder: string, words: readonly string[]): Promise<string | undefined> {
  try {
    return (await promisify(execFile)('git', words, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 30 })).stdout;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new HarnessError('OPTION', { what: 'Revisions need git, which was not found.', hint: 'Give files or folders.' });
    return undefined;
  }
}
