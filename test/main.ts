import { readdirSync } from 'node:fs';
import path from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/**
 * The slowest specs, slowest first: two run at a time, and a slow one that starts last would run alone. Others come after them, by name.
 */
const LONGEST = [
  'bench/finetune',
  'bench/determinism',
  'pack',
  'bench/results',
  'bench/rank',
  'bench/report',
  'bench/suites',
  'bench/resume',
  'bench/output',
  'bench/hostile-names',
  'bench/map',
  'bench/run',
  'bench/export',
  'bench/threads',
].map((name) => path.normalize(`${name}.spec.js`));

function place(file: string): number {
  const at = LONGEST.indexOf(file);
  return at === -1 ? LONGEST.length : at;
}

/** Runs every spec in this folder; arguments select those whose path contains one of them. */
const here = import.meta.dirname;
const words = process.argv.slice(2);
const files = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.spec.js') && (words.length === 0 || words.some((word) => file.includes(word))))
  .toSorted()
  .toSorted((a, b) => place(a) - place(b))
  .map((file) => path.join(here, file));

if (files.length === 0) {
  console.error(`No spec has ${words.join(' or ')} in its path.`);
  process.exit(1);
}
run({ files, concurrency: 2 })
  .on('test:fail', () => {
    process.exitCode = 1;
  })
  .compose(new spec())
  .pipe(process.stdout);
