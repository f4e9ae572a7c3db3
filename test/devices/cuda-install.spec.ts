import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/home.ts';
import { temporaryFolder } from '../temporary.ts';

/** onnxruntime-node's install step, copied so that what it downloads is put elsewhere; requests are answered by a feed in its process. */
function installed(flags: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const home = path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  const folder = path.join(temporaryFolder(), 'onnxruntime-node');
  cpSync(path.join(home, 'script'), path.join(folder, 'script'), { recursive: true });
  cpSync(path.join(home, 'package.json'), path.join(folder, 'package.json'));
  const bin = path.join(folder, 'bin', 'napi-v6', 'linux', 'x64');
  mkdirSync(bin, { recursive: true });
  const { version } = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8')) as { version: string };
  const feed = path.join(packageRoot(), 'test', 'devices', 'cuda-feed.cjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--require', feed, path.join(folder, 'script', 'install.js'), ...flags], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], NODE_PATH: path.join(packageRoot(), 'node_modules'), FEED_VERSION: version, ...env },
  });
  assert.equal(status, 0, stderr);
  return { version, bin, asked: stdout.split('\n').filter((line) => line.startsWith('GET ')) };
}

const skip = (process.platform !== 'linux' || process.arch !== 'x64') && 'CUDA is for Linux x64';

test('cuda: the command of docs/devices.md makes the install step fetch and unpack the libraries', { skip }, () => {
  const docs = readFileSync(path.join(packageRoot(), 'docs', 'devices.md'), 'utf8');
  const [, flag] = /^node node_modules\/onnxruntime-node\/script\/install\.js (\S+)$/m.exec(docs)!;
  const { version, bin, asked } = installed([flag!]);
  assert.equal(asked[0], 'GET https://api.nuget.org/v3/index.json');
  const name = 'microsoft.ml.onnxruntime.gpu.linux';
  assert.deepEqual(
    asked.slice(1).map((line) => line.toLowerCase()),
    [`get https://feed.invalid/flat/${name}/index.json`, `get https://feed.invalid/flat/${name}/${version}/${name}.${version}.nupkg`],
  );
  for (const library of ['cuda', 'shared']) {
    const file = `libonnxruntime_providers_${library}.so`;
    assert.equal(readFileSync(path.join(bin, file), 'utf8'), `stub of runtimes/linux-x64/native/${file}`);
  }
});

test('cuda: the install step can be skipped, and does not read the name of a version, as docs/devices.md says', { skip }, () => {
  assert.deepEqual(installed(['--onnxruntime-node-install=skip']).asked, []);
  const local = { npm_config_local_prefix: '/x', npm_package_json: '/x/package.json' };
  // As if it were unset: in a local installation nothing is fetched.
  assert.deepEqual(installed([], { ONNXRUNTIME_NODE_INSTALL: 'cuda12', ...local }).asked, []);
  const { bin, asked } = installed([], { ONNXRUNTIME_NODE_INSTALL: 'true', ...local });
  assert.equal(asked.length, 3);
  assert.ok(existsSync(path.join(bin, 'libonnxruntime_providers_cuda.so')));
});
