import { existsSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../src/home.ts';

/** Folder of real datasets and oracles next to the project, if it exists. */
const folder = process.env['EMBEDDING_BENCH_SHARED'] ?? path.join(packageRoot(), '..', 'shared');

/** A path in the shared folder. */
export function shared(...parts: string[]): string {
  return path.join(folder, ...parts);
}

/** For `{ skip }` of a test: false if the shared folder has the path, else why the test does not run. */
export function unlessShared(...parts: string[]): string | false {
  return existsSync(shared(...parts)) ? false : `needs ${path.join('..', 'shared', ...parts)}, which is not there`;
}
