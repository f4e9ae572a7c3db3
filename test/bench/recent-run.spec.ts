import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, test } from 'node:test';
import { recentFolder, recentInCommit, recentRun } from '../../bench/flags/recent-run.ts';
import { temporaryFolder } from '../temporary.ts';

const root = realpathSync(temporaryFolder());
const TABLES = ['results.csv', 'estimates.csv'] as const;
const DAY = 24 * 60 * 60 * 1000;
const NOW = Date.parse('2026-01-10');

beforeEach(() => {
  process.chdir(root);
  rmSync(path.join(root, 'place'), { recursive: true, force: true });
  mkdirSync(path.join(root, 'place', 'deep'), { recursive: true });
  process.chdir(path.join(root, 'place'));
  writeFileSync('package.json', '{ "name": "embedding-bench" }');
});

interface Made {
  /** Date on which a run ended; none: no run.json. */
  readonly ended?: number;
  /** Date of its tables. */
  readonly written?: number;
  readonly files?: readonly string[];
}

function made(folder: string, { ended, written = 20, files = ['results.csv'] }: Made): void {
  mkdirSync(folder, { recursive: true });
  for (const name of files) {
    writeFileSync(path.join(folder, name), name === 'run.json' ? '{}' : 'a\n');
    utimesSync(path.join(folder, name), new Date(NOW + written * DAY), new Date(NOW + written * DAY));
  }
  if (ended !== undefined) {
    writeFileSync(path.join(folder, 'run.json'), JSON.stringify({ command: ['run'], finished: new Date(NOW + ended * DAY).toISOString() }));
  }
}

function said(work: (terminal: { err: NodeJS.WriteStream }) => unknown): { lines: string[]; found: unknown } {
  const lines: string[] = [];
  const found = work({ err: { write: (line: string) => lines.push(line) } as unknown as NodeJS.WriteStream });
  return { lines, found };
}

test('recent: the run that ended last, wherever its folder is; what a commit brought is no run', () => {
  made('results', { ended: 1 });
  made('results/study', { files: [...TABLES], written: 30 });
  made('results/own/mine', { ended: 3, written: 3 });
  made('results/own/other', { ended: 2, written: 2 });
  made('scored', { ended: 0 });
  assert.equal(recentRun(TABLES), path.normalize('results/own/mine'));
  made('scored', { ended: 5 });
  assert.equal(recentRun(TABLES), 'scored');
  made('embedding-bench-results/mine', { ended: 6 });
  assert.equal(recentRun(TABLES), path.normalize('embedding-bench-results/mine'));
  made('results', { ended: 7 });
  assert.equal(recentRun(TABLES), 'results');
  process.chdir('deep');
  assert.equal(recentRun(TABLES), path.normalize('../results'));
});

test('recent: a run that was killed counts by its tables, and a ranking, which ends without a record', () => {
  made('results', { ended: 1 });
  made('results/own/killed', { written: 2 });
  assert.equal(recentRun(TABLES), path.normalize('results/own/killed'));
  made('results/own/ranked', { written: 3, files: ['estimates.csv'] });
  assert.equal(recentRun(TABLES), path.normalize('results/own/ranked'));
  assert.equal(recentRun(['results.csv']), path.normalize('results/own/killed'), 'what has no results.csv is none for who reads it');
  made('results', { ended: 1, written: 4, files: ['results.csv', '.running-0123456789abcdef'] });
  assert.equal(recentRun(TABLES), 'results');
});

test('recent: what is not a record of ours is passed over, and so is a folder without tables', () => {
  made('results', { ended: 1 });
  made('results/empty', { ended: 9, files: [] });
  made('foreign', { files: ['results.csv', 'run.json'] });
  made('node_modules', { ended: 9 });
  mkdirSync('broken');
  writeFileSync('broken/results.csv', 'a\n');
  writeFileSync('broken/run.json', '{ "finished": ');
  assert.equal(recentRun(TABLES), 'results');
});

test('recent: it is said which, and where there was no run, too', () => {
  assert.deepEqual(
    said((terminal) => recentFolder({ terminal, files: TABLES })),
    { lines: ['Using results: no folder is named, and no run has finished here.\n'], found: 'results' },
  );
  made('results/own/mine', { ended: 1 });
  const folder = path.normalize('results/own/mine');
  assert.deepEqual(
    said((terminal) => recentFolder({ terminal, files: TABLES })),
    {
      lines: [`Using ${folder}, the most recent run in this checkout with results.csv or estimates.csv.\n`],
      found: folder,
    },
  );
});

function git(...words: string[]): void {
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...words], { stdio: 'ignore' });
}

/** The folder, and the number of lines printed. */
async function compared(revision = 'HEAD'): Promise<unknown[]> {
  const { lines, found } = said((terminal) => recentInCommit({ terminal, revision }));
  return [await found, lines.length];
}

test('recent: with a commit it is compared only if git has it', async () => {
  made('results/own/mine', { ended: 3 });
  assert.deepEqual(await compared(), ['results', 0], 'no repository');
  writeFileSync('.gitignore', 'results/own/\nrun.json\n');
  git('init', '-q');
  made('results', { ended: 1 });
  made('results/three', { ended: 2 });
  git('add', '.');
  git('commit', '-q', '-m', 'one');
  assert.deepEqual(await compared(), ['results', 0], "the most recent is of one's own");
  made('results/three', { ended: 4 });
  rmSync('results/own', { recursive: true });
  assert.deepEqual(await compared(), [path.normalize('results/three'), 1]);
  assert.deepEqual(await compared('nowhere'), ['results', 0], 'no such revision');
  made('results', { ended: 5 });
  assert.deepEqual(await compared(), ['results', 0]);
});
