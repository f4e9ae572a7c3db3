import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../src/home.ts';
import { temporaryFolder } from './temporary.ts';

/** What runs before every `npm run`, in a project of two files. */

const home = packageRoot();
const root = temporaryFolder();
const at = (...names: string[]): string => path.join(root, ...names);
const LONG_AGO = new Date('2001-01-01');

cpSync(path.join(home, 'build.mjs'), at('build.mjs'));
symlinkSync(path.join(home, 'node_modules'), at('node_modules'), 'junction');
writeFileSync(at('package.json'), '{ "type": "module" }');
const { compilerOptions } = JSON.parse(readFileSync(path.join(home, 'tsconfig.json'), 'utf8')) as { compilerOptions: object };
writeFileSync(at('tsconfig.json'), JSON.stringify({ compilerOptions: { ...compilerOptions, types: [] }, include: ['src', 'test'] }));
mkdirSync(at('src', 'deep'), { recursive: true });
source('a.ts', 'export const a: number = 1;\n');
source('deep/b.ts', "export const b = 'first';\n");

function source(name: string, text: string, date?: Date): void {
  writeFileSync(at('src', name), text);
  if (date !== undefined) utimesSync(at('src', name), date, date);
}

function node(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

const build = () => node(at('build.mjs'));
const output = (name: string): string => readFileSync(at('dist', 'src', name), 'utf8');
const SILENT = { status: 0, said: '' };

test('build: compiles a checkout that was never built, and then does nothing', () => {
  assert.deepEqual(build(), SILENT);
  assert.match(output('deep/b.js'), /first/);
  const before = statSync(at('dist', '.built')).mtimeMs;
  assert.deepEqual(build(), SILENT);
  assert.equal(statSync(at('dist', '.built')).mtimeMs, before);
});

test('build: sees another content whatever its date', () => {
  source('deep/b.ts', "export const b = 'other';\n", LONG_AGO);
  assert.deepEqual(build(), SILENT);
  assert.match(output('deep/b.js'), /other/);
});

test('build: sees that tsc was called by hand meanwhile', () => {
  source('deep/b.ts', "export const b = 'third';\n");
  node(at('node_modules', 'typescript', 'bin', 'tsc'));
  assert.match(output('deep/b.js'), /third/);
  source('deep/b.ts', "export const b = 'other';\n", LONG_AGO);
  assert.deepEqual(build(), SILENT);
  assert.match(output('deep/b.js'), /other/);
});

test('build: what is gone from the sources goes from dist, other files stay', () => {
  source('c.ts', 'export const c = 1;\n');
  writeFileSync(at('dist', 'src', 'kernel.wasm'), '');
  assert.deepEqual(build(), SILENT);
  assert.ok(existsSync(at('dist', 'src', 'c.js')));
  rmSync(at('src', 'c.ts'));
  assert.deepEqual(build(), SILENT);
  assert.deepEqual(
    ['c.js', 'c.js.map', 'kernel.wasm'].map((name) => existsSync(at('dist', 'src', name))),
    [false, false, true],
  );
});

test('build: makes again what is gone from dist, and what a killed build may have left', () => {
  rmSync(at('dist', 'src', 'deep'), { recursive: true });
  assert.deepEqual(build(), SILENT);
  assert.match(output('deep/b.js'), /other/);
  writeFileSync(at('dist', 'src', 'a.js'), '');
  writeFileSync(at('dist', '.built'), 'unfinished\n');
  assert.deepEqual(build(), SILENT);
  assert.match(output('a.js'), /a = 1/);
});

test('build: an error is said every time, until it is mended', () => {
  source('a.ts', 'export const a: number = "1";\n');
  for (let i = 0; i < 2; i++) {
    const { status, said } = build();
    assert.notEqual(status, 0);
    assert.match(said, /src\/a\.ts.*error TS2322/);
  }
  source('a.ts', 'export const a: number = 1;\n');
  assert.deepEqual(build(), SILENT);
});

test('build: without TypeScript it says what to do', () => {
  rmSync(at('node_modules'));
  assert.deepEqual(build(), SILENT, 'nothing has changed');
  source('a.ts', 'export const a: number = 2;\n');
  assert.deepEqual(build(), { status: 1, said: 'TypeScript is not installed here: run `npm ci` first.\n' });
});

test('npm ci runs no step that downloads: npm 10 goes by the lock file, newer ones by allowScripts too', () => {
  const { packages } = JSON.parse(readFileSync(path.join(home, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { hasInstallScript?: boolean }>;
  };
  const { allowScripts } = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8')) as { allowScripts: Record<string, boolean> };
  const hint =
    'look at what its install script does; where that is a download, take "hasInstallScript" out of its entry in package-lock.json';
  assert.deepEqual(
    Object.keys(packages).filter((place) => packages[place]!.hasInstallScript === true),
    ['node_modules/protobufjs'],
    hint,
  );
  assert.equal(allowScripts['onnxruntime-node'], false);
  assert.ok(!existsSync(path.join(home, '.npmrc')), 'a key that npm does not know is warned of at every `npm run`');
});
