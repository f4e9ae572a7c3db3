import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../src/home.ts';
import { temporaryFolder } from './temporary.ts';

/** Runs licences.mjs, on a lock file with the given packages or on ours. */
function licences(packages?: Readonly<Record<string, object>>) {
  const file = path.join(temporaryFolder(), 'package-lock.json');
  if (packages !== undefined) writeFileSync(file, JSON.stringify({ packages: { '': {}, ...packages } }));
  const args = packages === undefined ? [] : [file];
  return spawnSync(process.execPath, [path.join(packageRoot(), 'licences.mjs'), ...args], { encoding: 'utf8' });
}

test('licences: the list is of the lock file, and every licence is known', () => {
  const { status, stdout, stderr } = licences();
  assert.equal(status, 0, stderr);
  assert.equal(readFileSync(path.join(packageRoot(), 'THIRD_PARTY_LICENSES.md'), 'utf8'), stdout, 'run `npm run licences`');
});

test('licences: what is installed with the package is listed once, with either spelling; what is for development alone is not', () => {
  const { stdout } = licences({
    'node_modules/a': { version: '1.0.0', license: 'MIT' },
    'node_modules/b/node_modules/a': { version: '1.0.0', license: 'MIT' },
    'node_modules/@x/c': { version: '2.0.0', license: 'Apache 2.0', optional: true },
    'node_modules/d': { version: '3.0.0', license: 'GPL-3.0-only', dev: true },
  });
  assert.deepEqual(
    stdout.split('\n').filter((line) => line.startsWith('| [')),
    [
      '| [@x/c](https://www.npmjs.com/package/@x/c/v/2.0.0) | 2.0.0 | Apache-2.0 | optional |',
      '| [a](https://www.npmjs.com/package/a/v/1.0.0) | 1.0.0 | MIT |  |',
    ],
  );
});

test('licences: one that nobody has looked at is refused, and so is none', () => {
  const { status, stdout, stderr } = licences({
    'node_modules/a': { version: '1.0.0', license: '(MIT OR LGPL-3.0-only)' },
    'node_modules/b': { version: '1.0.0' },
  });
  assert.deepEqual([status, stdout], [1, '']);
  assert.equal(
    stderr,
    'a@1.0.0: licence (MIT OR LGPL-3.0-only). If it fits, add it to KNOWN in licences.mjs.\n' +
      'b@1.0.0: licence none. If it fits, add it to KNOWN in licences.mjs.\n',
  );
});
