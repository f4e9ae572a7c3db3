import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../src/home.ts';
import { temporaryFolder } from './temporary.ts';

/** Lines that the linter must reject, and why. Only a type-aware linter sees them. */
const REFUSED = [
  ['later();', 'no-floating-promises'],
  ['void later();', 'no-floating-promises'],
  ['later().then((x) => x);', 'no-floating-promises'],
  ['[1].map(() => later());', 'no-floating-promises'],
  ['[1].forEach(async () => { await later(); });', 'no-misused-promises'],
  ['export const yes = later() ? 1 : 2;', 'no-misused-promises'],
  ['export async function lost(): Promise<number> { try { return later(); } catch { return 0; } }', 'return-await'],
] as const;

test('lint: a promise that nobody waits for is refused', () => {
  const folder = path.join(temporaryFolder(), 'linted');
  mkdirSync(folder);
  symlinkSync(path.join(packageRoot(), 'node_modules'), path.join(folder, 'node_modules'), 'junction');
  writeFileSync(
    path.join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: { target: 'es2023', lib: ['es2023'], types: ['node'], module: 'nodenext', strict: true },
      include: ['*.ts'],
    }),
  );
  writeFileSync(
    path.join(folder, 'a.ts'),
    `${REFUSED.map(([line]) => line).join('\n')}\nasync function later(): Promise<number> { return 3; }\n`,
  );
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      path.join(packageRoot(), 'node_modules', 'oxlint', 'bin', 'oxlint'),
      '-c',
      path.join(packageRoot(), '.oxlintrc.json'),
      '--format',
      'unix',
      'a.ts',
    ],
    { cwd: folder, encoding: 'utf8' },
  );
  assert.equal(status, 1, stderr);
  const found = [...stdout.matchAll(/^a\.ts:(\d+):.*typescript\((.*)\)\]$/gm)].map(([, line, rule]) => `${line} ${rule}`);
  for (const [at, [, rule]] of REFUSED.entries()) assert.ok(found.includes(`${at + 1} ${rule}`), `line ${at + 1}: ${stdout}`);
});
