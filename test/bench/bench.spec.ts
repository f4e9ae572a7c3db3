import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/home.ts';
import { temporaryFolder } from '../temporary.ts';
import { bench, spawnBench } from './bench.ts';

/** The specs run most commands in their own process: checks that a separate process prints the same. */

const root = temporaryFolder();
const at = (name: string) => path.join(root, name);

test('bench: a command says the same in this process as in one of its own', async () => {
  for (const args of [
    ['--help'],
    ['--version'],
    ['run', '--help'],
    ['nonsense'],
    ['cache'],
    ['datasets', '--offline'],
    ['show', '--out', at('none')],
    ['run', '--k'],
  ]) {
    const place = { cache: at('cache'), cwd: root };
    assert.deepEqual(await bench(args, place), await spawnBench(args, place), args.join(' '));
  }
});

test('bench: each command has the cache, the folder and the environment that it is given, and leaves the process as it was', async () => {
  const before = { env: { ...process.env }, cwd: process.cwd(), argv: process.argv };
  for (const name of ['one', 'two']) {
    const { out } = await bench(['cache'], { cache: at(name) });
    assert.equal(out, `Nothing cached in ${at(name)}.\n`);
  }
  const { err } = await bench(['report', 'none'], { cache: at('one'), cwd: root, env: { npm_lifecycle_event: 'npx' } });
  assert.match(err, /^bench: none: Folder not found\./);
  assert.deepEqual({ env: { ...process.env }, cwd: process.cwd(), argv: process.argv }, before);
});

test('bench: one command at a time', async () => {
  const first = bench(['cache'], { cache: at('one') });
  await assert.rejects(bench(['cache'], { cache: at('two') }), /Another command runs in this process/);
  assert.equal((await first).status, 0);
});

test('bench: commands write to the streams they are given, and to no other', () => {
  const folder = path.join(packageRoot(), 'bench');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const direct = files.filter((name) => /process\.std(out|err)|\bconsole\./.test(readFileSync(path.join(folder, name), 'utf8')));
  // yargs prints its completion script to the console, where it is captured.
  assert.deepEqual(direct.toSorted(), [path.join('commands', 'completion.ts'), 'main.ts']);
});
