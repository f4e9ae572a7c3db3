import { readdirSync } from 'node:fs';
import path from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/** Runs every spec below this folder; words on the command line choose those whose path contains one of them. */
const here = import.meta.dirname;
const words = process.argv.slice(2);
const files = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.spec.js') && (words.length === 0 || words.some((word) => file.includes(word))))
  .map((file) => path.join(here, file))
  .toSorted();

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
