import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { checkPackage, createPackageFromTarballData, type Analysis } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { extract } from 'tar';
import { parse } from 'yaml';
import { packageRoot } from '../src/home.ts';
import { temporaryFolder } from './temporary.ts';
import { writeTinyEncoder } from './tiny-encoder.ts';

/** The package as a program uses it: packed, installed into an empty project by the command of docs/api.md. */

const home = packageRoot();
const root = temporaryFolder();
const project = path.join(root, 'project');
const page = readFileSync(path.join(home, 'docs', 'api.md'), 'utf8');
const [, section = ''] = /^## Install\n(.*?)^## /ms.exec(page) ?? [];
const [, example = ''] = /^```js\n(.*?)^```/ms.exec(section) ?? [];

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

function run(command: readonly string[], cwd: string): Ended {
  // npm passes settings of the checkout to a script, not of the project.
  const { npm_config_onnxruntime_node_install: _flag, npm_config_local_prefix: _prefix, ...env } = process.env;
  const [file, ...args] = command;
  const { status, stdout, stderr } = spawnSync(file!, args, {
    cwd,
    encoding: 'utf8',
    env: { ...env, EMBEDDING_BENCH_CACHE: path.join(root, 'cache'), HF_HUB_OFFLINE: '1', NO_COLOR: '1' },
  });
  return { status, out: stdout, err: stderr };
}

function npm(args: readonly string[], cwd: string): Ended {
  const { npm_execpath: script } = process.env;
  return run(script === undefined ? ['npm', ...args] : [process.execPath, script, ...args], cwd);
}

const node = (...args: string[]): Ended => run([process.execPath, ...args], project);
const bench = (...args: string[]): Ended => run([path.join(project, 'node_modules', '.bin', 'bench'), ...args], project);

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

/** Packs a copy, because packing recreates `dist`, and these specs run from it. */
function pack(): Packed {
  const copy = path.join(root, 'checkout');
  const left = new Set(['.git', 'dist', 'node_modules', 'test', 'perf'].map((name) => path.join(home, name)));
  cpSync(home, copy, { recursive: true, filter: (file) => !left.has(file) });
  symlinkSync(path.join(home, 'node_modules'), path.join(copy, 'node_modules'), 'junction');
  // Left by an earlier build: files removed from the sources must not be packed.
  mkdirSync(path.join(copy, 'dist', 'src'), { recursive: true });
  writeFileSync(path.join(copy, 'dist', 'src', 'stale.js'), '');
  const { status, out, err } = npm(['pack', '--json', '--silent', '--pack-destination', root], copy);
  assert.equal(status, 0, err);
  return (JSON.parse(out.slice(out.indexOf('['))) as Packed[])[0]!;
}

/** The project's lock file has our versions, so that npm finds them in its cache and no newer one affects a test. */
function lock(): void {
  const { packages } = JSON.parse(readFileSync(path.join(home, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  const needed = Object.entries(packages).filter(([place, { dev }]) => place !== '' && dev !== true);
  const about = { name: 'project', version: '1.0.0' };
  mkdirSync(project);
  writeFileSync(path.join(project, 'package.json'), JSON.stringify(about));
  writeFileSync(
    path.join(project, 'package-lock.json'),
    JSON.stringify({ ...about, lockfileVersion: 3, requires: true, packages: { '': about, ...Object.fromEntries(needed) } }),
  );
}

/** By the command of docs/api.md; if npm has neither cache nor network, by hand, with the checkout's dependencies. */
async function install({ filename }: Packed, t: TestContext): Promise<void> {
  lock();
  const tarball = path.join(root, filename);
  const [, place, flags] = /^npm install (\S+\.tgz) ([^#\n]*)/m.exec(section) ?? [];
  assert.equal(path.basename(place!), filename, 'docs/api.md names the file that npm pack writes');
  const { status, err } = npm(
    [
      'install',
      tarball,
      ...flags!.trim().split(/\s+/),
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      '--fetch-retries=0',
      '--fetch-timeout=20000',
    ],
    project,
  );
  if (status === 0) return;
  assert.match(err, /ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONN|ENETUNREACH|ETIMEDOUT|network/, err);
  t.diagnostic('npm has no network and not everything in its cache: installed by links');
  const modules = path.join(project, 'node_modules');
  const own = path.join(modules, 'embedding-bench');
  mkdirSync(path.join(modules, '.bin'), { recursive: true });
  mkdirSync(own);
  await extract({ file: tarball, cwd: own, strip: 1 });
  const { dependencies } = JSON.parse(readFileSync(path.join(own, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
  for (const name of Object.keys(dependencies)) {
    mkdirSync(path.dirname(path.join(modules, name)), { recursive: true });
    symlinkSync(path.join(home, 'node_modules', name), path.join(modules, name), 'junction');
  }
  writeFileSync(
    path.join(modules, '.bin', 'bench'),
    `#!/bin/sh\nexec "${process.execPath}" "${path.join(own, 'dist', 'bench', 'main.js')}" "$@"\n`,
    { mode: 0o755 },
  );
}

/** Strict, every declaration checked, without types of Node or of development dependencies. */
function compile(file: string, ...more: readonly string[]): Ended {
  const options = [
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--lib',
    'es2023,dom',
    '--skipLibCheck',
    'false',
    '--noUncheckedIndexedAccess',
    '--exactOptionalPropertyTypes',
    '--ignoreConfig',
    '--outDir',
    '.',
    ...more,
  ];
  return node(path.join(home, 'node_modules', 'typescript', 'bin', 'tsc'), ...options, file);
}

/** Output of the example: scores of a random encoder, checked by their format only. */
const PRINTED =
  /^my-encoder, cls \[6, 16\]: [0-6] of 6; (?:(?:person|place) ?){6}\nmy-encoder, mean \[6, 16\]: [0-6] of 6; (?:(?:person|place) ?){6}\nanother: accuracy 0\.833, macro-F1 0\.829\n$/;

test('pack: a clean package', { skip: process.platform === 'win32' && 'the command is run as a script of a shell' }, async (t) => {
  const packed = pack();
  await t.test('what runs, its types, the registries; nothing of tests, measurements or builds before', () => {
    const others = packed.files.map((file) => file.path).filter((file) => !/^dist\/(bench|src)\/.+\.(js|d\.ts)$/.test(file));
    assert.deepEqual(others.toSorted(), [
      'CITATION.cff',
      'LICENSE',
      'README.md',
      'THIRD_PARTY_LICENSES.md',
      'datasets.json',
      'datasets.schema.json',
      'models.json',
      'models.schema.json',
      'output.schema.json',
      'package.json',
      'request.schema.json',
      'results/published.csv',
      'src/report/page/style.css',
      'suites.json',
      'suites.schema.json',
    ]);
    const odd = packed.files
      .map((file) => file.path)
      .filter((file) => /stale|compile\.|write-schemas|experiment\/(write-schema|request-types)/.test(file));
    assert.deepEqual(odd, []);
    assert.ok(packed.size < 1_600_000, `${packed.size} bytes`);
  });
  const tarball = readFileSync(path.join(root, packed.filename));
  await t.test('publint and Are the Types Wrong find nothing, but that CommonJS has to import() it', async () => {
    const { messages } = await publint({ pack: { tarball: new Uint8Array(tarball).buffer }, strict: true });
    assert.deepEqual(messages, []);
    const { types, ...analysis } = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
    assert.ok(types !== false);
    assert.deepEqual([...new Set((analysis as Analysis).problems.map(({ kind }) => kind))], ['CJSResolvesToESM']);
  });

  await t.test('npm would publish it, and warns of nothing but that nobody is logged in', () => {
    const { status, err } = npm(
      ['publish', path.join(root, packed.filename), '--dry-run', '--provenance=false', '--offline', '--loglevel=warn'],
      root,
    );
    assert.equal(status, 0, err);
    assert.deepEqual(
      err.split('\n').filter((line) => line !== '' && !line.includes('requires you to be logged in')),
      [],
    );
  });

  await t.test('CITATION.cff is of this version', () => {
    const { version, license } = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8')) as Record<string, string>;
    const citation = parse(readFileSync(path.join(home, 'CITATION.cff'), 'utf8')) as Record<string, unknown>;
    assert.deepEqual([citation['version'], citation['license'], citation['cff-version']], [version, license, '1.2.0']);
  });

  await install(packed, t);
  writeTinyEncoder(path.join(project, 'my-encoder'), { layers: 3 });

  await t.test('the example of docs/api.md runs from JavaScript', () => {
    assert.notEqual(example, '');
    writeFileSync(path.join(project, 'example.mjs'), example);
    const { status, out, err } = node('example.mjs');
    assert.equal(status, 0, err);
    assert.match(out, PRINTED);
  });

  await t.test('and from TypeScript', () => {
    writeFileSync(path.join(project, 'typed.mts'), example);
    const compiled = compile('typed.mts');
    assert.equal(compiled.status, 0, compiled.out);
    const { status, out, err } = node('typed.mjs');
    assert.equal(status, 0, err);
    assert.match(out, PRINTED);
  });

  await t.test('types keep labels, and refuse what is no option', () => {
    writeFileSync(
      path.join(project, 'types.mts'),
      `
      import { embed, HarnessError, knn, type KnnResult, type Matrix, type Scores } from 'embedding-bench';
      const vectors: Matrix = { rows: 2, cols: 1, data: Float32Array.of(0, 1) };
      const { predicted, scores, parts }: KnnResult<'a' | 'b'> = await knn({ vectors, labels: ['a', 'b'], k: 1 });
      const first: 'a' | 'b' | undefined = predicted[0];
      const all: Scores | undefined = parts.all;
      // @ts-expect-error there is no such pooling
      const wrong = embed({ model: './my-encoder', texts: ['a'], poolings: ['men'] });
      // @ts-expect-error a label is a string or a number
      const odd = knn({ vectors, labels: [true, false] });
      export const seen = [first, all, scores.macroF1, await Promise.allSettled([wrong, odd]), HarnessError];
    `,
    );
    const { status, out } = compile('types.mts');
    assert.equal(status, 0, out);
  });

  await t.test('experiments: lists may be constant, what is no field is refused, and no type leads out of the package', () => {
    writeFileSync(
      path.join(project, 'experiments.mts'),
      `
      import { finetune, map, rank, run, type ExperimentEvent, type RankedRow, type RunOptions, type TrainingOptions } from 'embedding-bench';
      const names = ['./a', './b'] as const;
      const training: TrainingOptions = { epochs: 3, objective: ['classic'], freeze: ['embeddings', 0] };
      const request: RunOptions = { encoders: names, datasets: ['./x.csv'], limit: { train: 10 }, finetune: training };
      const events: ExperimentEvent[] = [];
      const { rows } = await run(request, { out: 'results', signal: new AbortController().signal, onEvent: (event) => void events.push(event) });
      const f1: number | null | undefined = rows[0]?.micro_f1;
      const { rows: ranked, encoders } = await rank({ encoders: names, datasets: ['./x.csv'] });
      const best: RankedRow | undefined = ranked[0];
      const { maps } = await map({ encoders: names, datasets: ['./x.csv'], method: ['umap'] });
      await finetune({ encoders: [encoders[best?.encoder ?? ''] ?? ''], datasets: ['./x.csv'] }, { save: './trained' });
      // @ts-expect-error there is no such metric
      await run({ metric: ['manhattan'] });
      // @ts-expect-error encoders are a list
      await run({ encoders: './a' });
      // @ts-expect-error a map is written nowhere
      await map({}, { out: 'x' });
      export const seen = [f1, maps[0]?.layout.length];
    `,
    );
    const { status, out } = compile('experiments.mts', '--listFiles', '--noEmit');
    assert.equal(status, 0, out);
    // Compilers older than a dependency's declarations cannot read these.
    const read = out.split('\n').filter((file) => /\.d\.[cm]?ts$/.test(file) && !/[\\/]typescript[^\\/]*[\\/]lib[\\/]/.test(file));
    assert.ok(read.length > 0);
    assert.deepEqual(
      read.filter((file) => !/embedding-bench[\\/]dist[\\/]src[\\/]/.test(file)),
      [],
    );
  });

  await t.test('the command: version, help, and a run from what the package carries', () => {
    const { version } = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8')) as { version: string };
    assert.deepEqual(bench('--version'), { status: 0, out: `${version}\n`, err: '' });
    assert.match(
      bench('--help').out,
      /^Which text encoder is best for your labelled data\?\n\nUsage: bench COMMAND \[flags\]\n\nChoose an encoder:\n {2}bench run /,
    );
    writeFileSync(
      path.join(project, 'mine.csv'),
      `text,label\n${['who', 'where', 'what'].flatMap((word) => ['is it', 'was it', 'a b', 'c d'].map((rest) => `${word} ${rest},${word}`)).join('\n')}\n`,
    );
    for (const words of [
      ['init', '--quiet'],
      ['-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '--quiet', '--allow-empty', '--message', 'mine'],
    ])
      run(['git', ...words], project);
    const { status, err } = bench('--model', 'my-encoder', '--dataset', 'mine.csv', '--offline', '--quiet', '--k', '1');
    assert.equal(status, 0, err);
    const out = path.join(project, 'embedding-bench-results', 'mine');
    assert.match(readFileSync(path.join(out, 'results.md'), 'utf8'), /my-encoder/);
    const report = bench('report', '--offline', '--quiet');
    assert.equal(report.status, 0, report.err);
    assert.match(readFileSync(path.join(out, 'report', 'index.html'), 'utf8'), /"corpora":\[\{"dataset":"mine"/);
    const { commit } = JSON.parse(readFileSync(path.join(out, 'run.json'), 'utf8')) as { commit: string | null };
    assert.equal(commit, null, "a project's commit is not the package's");
  });
});
