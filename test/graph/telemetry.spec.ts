import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../src/home.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';

const ROOMS = ['bench', 'perf', 'src', 'test'];
const RUNTIME = 'src/graph/runtime.ts';

const sources = ROOMS.flatMap((room) =>
  readdirSync(path.join(packageRoot(), room), { recursive: true, encoding: 'utf8' }).map((file) =>
    path.posix.join(room, file.replaceAll(path.sep, '/')),
  ),
)
  .filter((file) => /\.[cm]?[jt]s$/.test(file))
  .map((file) => ({ file, text: readFileSync(path.join(packageRoot(), file), 'utf8') }));

/** Where a module is imported, required or loaded, by line. */
function importsOf(text: string, name: RegExp): number[] {
  const loads = new RegExp(String.raw`(?:from|import|require|resolve)[\s(]*['"\`](?:${name.source})['"\`]`);
  return text.split('\n').flatMap((line, at) => (loads.test(line) ? [at] : []));
}

test('telemetry: onnxruntime is imported by one file, behind the one that silences it', () => {
  const importers = sources
    .filter(({ text }) => importsOf(text, /onnxruntime-(?:node|web|common)(?:\/dist[^'"]*)?/).length > 0)
    .map(({ file }) => file);
  assert.deepEqual(importers, [RUNTIME]);
  const { text } = sources.find(({ file }) => file === RUNTIME)!;
  assert.ok(importsOf(text, /\.\/telemetry\.ts/)[0]! < importsOf(text, /onnxruntime-node/)[0]!);
});

test('telemetry: what loads onnxruntime by itself is imported behind the file that silences it', () => {
  const importers = sources.filter(({ text }) => importsOf(text, /@huggingface\/transformers/).length > 0);
  assert.deepEqual(
    importers.map(({ file }) => file),
    [
      'perf/predict-theirs.ts',
      'perf/transformers-js.ts',
      'test/bench/export.spec.ts',
      'test/bench/model-folder.spec.ts',
      'test/classifiers/tag-model.spec.ts',
      'test/encoders/export-decoders.spec.ts',
    ],
  );
  for (const { file, text } of importers) {
    assert.ok(importsOf(text, /[./]+\/src\/graph\/telemetry\.ts/)[0]! < importsOf(text, /@huggingface\/transformers/)[0]!, file);
  }
});

test('telemetry: the command line, the package and the timings silence it before anything else', () => {
  for (const file of ['bench/main.ts', 'src/index.ts', 'perf/main.ts']) {
    const [first] = sources
      .find((each) => each.file === file)!
      .text.split('\n')
      .filter((line) => line.startsWith('import '));
    assert.match(first!, /^import '.*graph\/telemetry\.ts';/, file);
  }
});

test('telemetry: threads are started in one place, which silences it first', () => {
  const starters = sources
    .filter(({ file, text }) => /^(src|bench)\//.test(file) && /new\s+(?:\w+\.)?Worker\b/.test(text))
    .map(({ file }) => file);
  assert.deepEqual(starters, ['src/threads/worker-end.ts']);
  const { text } = sources.find(({ file }) => file === 'src/threads/worker-end.ts')!;
  assert.ok(text.indexOf('silenceRuntime();') > 0 && text.indexOf('silenceRuntime();') < text.indexOf('new Worker('));
});

const root = temporaryFolder();
const model = writeTinyEncoder(path.join(root, 'tiny'));
const api = pathToFileURL(path.join(packageRoot(), 'dist', 'src', 'index.js')).href;
const use = `const { embed } = await import(${JSON.stringify(api)});
await embed({ model: ${JSON.stringify(model)}, texts: ['what'], cache: process.env.EMBEDDING_BENCH_CACHE, offline: true }).then(({ vectors }) => console.log(vectors[0].cols), (error) => console.log(error.message));`;
const inThread = `const { Worker } = await import('node:worker_threads');
new Worker(new URL('./use.mjs', import.meta.url)OPTIONS);`;
const REFUSED =
  "ORT_DISABLE_TELEMETRY: It is not set for the process, and a worker thread cannot set it: onnxruntime's telemetry would be on. " +
  'Import embedding-bench in the main thread first, or start the process with ORT_DISABLE_TELEMETRY=1.';

for (const { name, code, env = {}, said } of [
  { name: 'a program', code: use, said: '16' },
  { name: 'a program whose environment says that it is on', code: use, env: { ORT_DISABLE_TELEMETRY: '0' }, said: '16' },
  { name: "a program's thread, where the environment is set", code: inThread, env: { ORT_DISABLE_TELEMETRY: '1' }, said: '16' },
  {
    name: "a program's thread, where its main thread imported the package",
    code: `await import(${JSON.stringify(api)});\n${inThread}`,
    said: '16',
  },
  {
    name: "a program's thread that shares the environment",
    code: inThread.replace('OPTIONS', ", { env: (await import('node:worker_threads')).SHARE_ENV }"),
    said: '16',
  },
  { name: "a program's thread that was started first: refused", code: inThread, said: REFUSED },
  {
    name: "a program's thread with the variable in its own environment alone: refused",
    code: inThread.replace('OPTIONS', ", { env: { ...process.env, ORT_DISABLE_TELEMETRY: '1' } }"),
    said: REFUSED,
  },
]) {
  test(`telemetry: nothing is left behind by ${name}`, () => {
    const home = path.join(root, `home ${name}`);
    mkdirSync(home);
    writeFileSync(path.join(root, 'use.mjs'), use);
    writeFileSync(path.join(root, 'main.mjs'), code.replace('OPTIONS', ''));
    const { ORT_DISABLE_TELEMETRY: _inherited, XDG_CACHE_HOME: _cache, ...inherited } = process.env;
    const { stdout, stderr } = spawnSync(process.execPath, [path.join(root, 'main.mjs')], {
      encoding: 'utf8',
      env: {
        ...inherited,
        HOME: home,
        USERPROFILE: home,
        TMPDIR: home,
        TEMP: home,
        EMBEDDING_BENCH_CACHE: path.join(root, 'cache', name),
        ...env,
      },
    });
    assert.deepEqual([stdout.trim(), stderr], [said, '']);
    assert.deepEqual(readdirSync(home), []);
  });
}
