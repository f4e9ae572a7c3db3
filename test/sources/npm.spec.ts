import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { create } from 'tar';
import { npmSettings } from '../../src/sources/npm/settings.ts';
import { probe } from '../../src/sources/probe.ts';
import type { DownloadProgress } from '../../src/sources/types.ts';
import { open, sha256, temporary } from './server.ts';
import { crafted, integrityOf, registry } from './tarballs.ts';

async function packed(t: TestContext, files: Readonly<Record<string, string>>): Promise<Buffer> {
  const folder = temporary(t);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.join(folder, 'package', path.dirname(name)), { recursive: true });
    writeFileSync(path.join(folder, 'package', name), text);
  }
  await create({ file: path.join(folder, 'x.tgz'), cwd: folder, gzip: true, portable: true }, ['package']);
  return readFileSync(path.join(folder, 'x.tgz'));
}

const CSV = 'text,label\nhello,a\n';

test('npm: a file of a package is fetched by integrity, and only requested files are unpacked', async (t) => {
  const { url, integrity, log } = await registry(t, await packed(t, { 'data/x.csv': CSV, 'index.js': 'process.exit(1)' }));
  const { sources, folder } = open(t, { env: { npm_config_registry: url } });
  const request = { name: 'x.csv', from: ['npm:tiny-data@1.0.0'], path: 'data/x.csv', sha256: sha256(CSV), bytes: CSV.length, integrity };
  assert.deepEqual(await sources.planFile(request), { state: 'download', bytes: CSV.length });
  const file = await sources.fetchFile(request);
  assert.deepEqual(
    { ...file, path: readFileSync(file.path, 'utf8') },
    { path: CSV, sha256: sha256(CSV), bytes: CSV.length, revision: 'tiny-data@1.0.0' },
  );
  const unpacked = readdirSync(path.join(folder, 'cache', 'npm-files'), { recursive: true, encoding: 'utf8' });
  assert.ok(!unpacked.some((name) => name.endsWith('index.js')));
  assert.deepEqual(await sources.planFile(request), { state: 'cached', bytes: 0 });
  assert.equal(log.length, 2);
  // The tarball serves the next file, and the unpacked file itself, without the network.
  const later = open(t, { offline: true, env: { npm_config_registry: url } }, folder).sources;
  assert.deepEqual(await later.fetchFile(request), file);
  assert.equal((await later.fetchFile({ ...request, path: 'index.js', sha256: undefined, bytes: undefined })).bytes, 15);
  assert.equal(log.length, 2);
});

test('npm: a tarball of another integrity is refused, and nothing is kept', async (t) => {
  const { url } = await registry(t, await packed(t, { 'x.csv': CSV }));
  const { sources, folder } = open(t, { env: { npm_config_registry: url } });
  const integrity = integrityOf('other');
  await assert.rejects(sources.fetchFile({ name: 'x.csv', from: ['npm:tiny-data@1.0.0'], path: 'x.csv', integrity }), {
    code: 'CHECKSUM',
    message:
      'x.csv from npm:tiny-data@1.0.0: The tarball does not have the pinned integrity. A proxy alters it, or the registry entry expects another one. Nothing was kept.',
  });
  assert.deepEqual(readdirSync(path.join(folder, 'cache', 'npm')), []);
});

test('npm: a damaged tarball or file of the cache is put right', async (t) => {
  const { url, integrity } = await registry(t, await packed(t, { 'x.csv': CSV }));
  const { sources, folder } = open(t, { env: { npm_config_registry: url } });
  const request = { name: 'x.csv', from: ['npm:tiny-data@1.0.0'], path: 'x.csv', integrity };
  const { path: place } = await sources.fetchFile(request);
  writeFileSync(place, 'damaged');
  writeFileSync(path.join(folder, 'cache', 'npm', 'tiny-data-1.0.0.tgz'), 'damaged');
  assert.equal(readFileSync((await sources.fetchFile(request)).path, 'utf8'), CSV);
});

test('npm: a package without that file, that version, that name', async (t) => {
  const { url } = await registry(t, await packed(t, { 'x.csv': CSV }));
  const { sources } = open(t, { env: { npm_config_registry: url } });
  await assert.rejects(sources.fetchFile({ name: 'y.csv', from: ['npm:tiny-data@1.0.0'], path: 'y.csv' }), {
    code: 'SOURCE',
    message: 'y.csv from npm:tiny-data@1.0.0: The package has no file y.csv. Correct the path in the registry entry, or its version.',
  });
  for (const spec of ['tiny-data@2.0.0', 'no-such@1.0.0']) {
    await assert.rejects(sources.fetchFile({ name: 'x.csv', from: [`npm:${spec}`], path: 'x.csv' }), {
      code: 'SOURCE',
      message: `x.csv from npm:${spec}: ${url} has no such version. Check the name, and that your npm registry has it.`,
    });
  }
});

test('npm: no registry is one line with what to do', async (t) => {
  const { url } = await registry(t, await packed(t, { 'x.csv': CSV }));
  const dead = `http://127.0.0.1:1`;
  const { sources } = open(t, { env: { npm_config_registry: dead } });
  assert.notEqual(url, dead);
  await assert.rejects(
    sources.fetchFile({ name: 'x.csv', from: ['npm:tiny-data@1.0.0'], path: 'x.csv' }),
    (error: Error & { code: string }) => {
      assert.equal(error.code, 'OFFLINE');
      assert.match(
        error.message,
        /^x\.csv from npm:tiny-data@1\.0\.0: No tarball from http:\/\/127\.0\.0\.1:1 \(.*ECONNREFUSED.*\) after 3 tries\. Check the network and the registry in \.npmrc, or give `mirror` DIR with the files\.$/,
      );
      return true;
    },
  );
});

test('npm: offline asks no registry', async (t) => {
  const { url, log } = await registry(t, await packed(t, { 'x.csv': CSV }));
  const { sources, folder } = open(t, { offline: true, env: { npm_config_registry: url } });
  await assert.rejects(sources.fetchFile({ name: 'x.csv', from: ['npm:tiny-data@1.0.0'], path: 'x.csv' }), {
    code: 'OFFLINE',
    message: `x.csv from npm:tiny-data@1.0.0: It is not in the cache (${path.join(folder, 'cache', 'npm')}), and \`offline\` is on. Run once while online, or give \`mirror\` DIR with the files.`,
  });
  assert.deepEqual(log, []);
});

test('npm: paths that leave the folder are not written, links are no files', async (t) => {
  const tarball = crafted([
    { path: 'package/../../../escaped.txt', type: 'File', text: 'x' },
    { path: '/tmp/sources-absolute.txt', type: 'File', text: 'x' },
    { path: 'package/link.csv', type: 'SymbolicLink', linkpath: '/etc/passwd' },
    { path: 'package/good.csv', type: 'File', text: CSV },
  ]);
  const { url, integrity } = await registry(t, tarball);
  const { sources, folder } = open(t, { env: { npm_config_registry: url } });
  const from = ['npm:tiny-data@1.0.0'];
  assert.equal((await sources.fetchFile({ name: 'good.csv', from, path: 'good.csv', integrity })).bytes, CSV.length);
  await assert.rejects(sources.fetchFile({ name: 'link.csv', from, path: 'link.csv', integrity }), {
    code: 'SOURCE',
    message: 'link.csv from npm:tiny-data@1.0.0: The package has no file link.csv. Correct the path in the registry entry, or its version.',
  });
  assert.ok(!readdirSync(folder, { recursive: true, encoding: 'utf8' }).some((name) => name.endsWith('escaped.txt')));
  assert.ok(!existsSync('/tmp/sources-absolute.txt'));
});

test('npm: a link in the cache folder is not written through', async (t) => {
  const { url, integrity } = await registry(t, await packed(t, { 'x.csv': CSV }));
  const { sources, folder } = open(t, { env: { npm_config_registry: url } });
  const request = { name: 'x.csv', from: ['npm:tiny-data@1.0.0'], path: 'x.csv', integrity };
  const { path: place } = await sources.fetchFile(request);
  const victim = path.join(folder, 'victim');
  writeFileSync(victim, 'precious');
  rmSync(place);
  symlinkSync(victim, place);
  await sources.fetchFile(request);
  assert.deepEqual([readFileSync(victim, 'utf8'), readFileSync(place, 'utf8')], ['precious', CSV]);
});

test('npm: a tarball that is cut off says so', async (t) => {
  const whole = await packed(t, { 'x.csv': Array.from({ length: 20_000 }, (_, i) => `row ${(i * 7919) % 10_007}`).join('\n') });
  const { url, integrity } = await registry(t, whole.subarray(0, whole.length / 2));
  const { sources } = open(t, { env: { npm_config_registry: url } });
  await assert.rejects(
    sources.fetchFile({ name: 'x.csv', from: ['npm:tiny-data@1.0.0'], path: 'x.csv', integrity }),
    (error: Error & { code: string }) =>
      error.code === 'FORMAT' &&
      /^x\.csv from npm:tiny-data@1\.0\.0: The archive cannot be unpacked \(.+\)\. Remove .+tiny-data-1\.0\.0\.tgz and run again\.$/.test(
        error.message,
      ),
  );
});

test('npm: an encoder of a package lies in a folder with its usual paths', async (t) => {
  const files = { 'm/onnx/model_q4.onnx': 'graph', 'm/onnx/model_q4.onnx_data': 'weights', 'm/tokenizer.json': '{}' };
  const { url, integrity } = await registry(t, await packed(t, files));
  const { sources } = open(t, { env: { npm_config_registry: url } });
  const variant = {
    dtype: 'q4' as const,
    from: 'npm:tiny-data@1.0.0',
    integrity,
    folder: 'm',
    onnx: 'onnx/model_q4.onnx',
    files: { 'onnx/model_q4.onnx_data': { bytes: 7 }, 'tokenizer.json': { sha256: sha256('{}') } },
  };
  const found = await sources.fetchModel({ key: 'tiny', aliases: [], variants: [variant] });
  assert.deepEqual([...found.files.keys()].toSorted(), ['onnx/model_q4.onnx', 'onnx/model_q4.onnx_data', 'tokenizer.json']);
  assert.equal(readFileSync(path.join(found.folder, 'onnx', 'model_q4.onnx_data'), 'utf8'), 'weights');
  assert.equal(found.revision, 'tiny-data@1.0.0');
});

test('npm: a probe compares the integrity and downloads nothing', async (t) => {
  const { url, integrity, log } = await registry(t, await packed(t, { 'x.csv': CSV }));
  const { sources } = open(t, { env: { npm_config_registry: url } });
  await probe(sources.context, { from: 'npm:tiny-data@1.0.0', paths: [], integrity });
  await assert.rejects(probe(sources.context, { from: 'npm:tiny-data@1.0.0', paths: [], integrity: 'sha512-AAAA' }), { code: 'CHECKSUM' });
  assert.ok(log.every(({ line }) => line === 'GET /tiny-data'));
});

test('npm settings: project before user before machine, the environment above all, tokens and scopes kept', (t) => {
  const folder = temporary(t);
  const project = path.join(folder, 'project');
  mkdirSync(project);
  writeFileSync(path.join(folder, 'global'), 'registry=https://global.test/\nstrict-ssl=false\nnoproxy=a.test\n');
  writeFileSync(path.join(folder, 'user'), '; comment\nregistry = https://user.test/\n//user.test/:_authToken=${TOKEN}\n');
  writeFileSync(path.join(project, '.npmrc'), '@org:registry="https://org.test/"\nfund=false\n');
  const env = { npm_config_globalconfig: path.join(folder, 'global'), npm_config_userconfig: path.join(folder, 'user'), TOKEN: 'abc' };
  assert.deepEqual(npmSettings(env, project), {
    registry: 'https://user.test/',
    strictSSL: false,
    noProxy: 'a.test',
    '//user.test/:_authToken': 'abc',
    '@org:registry': 'https://org.test/',
  });
  assert.equal(npmSettings({ ...env, NPM_CONFIG_REGISTRY: 'https://env.test/' }, project)['registry'], 'https://env.test/');
});

test('npm: a registry that wants a login gets the token of .npmrc', async (t) => {
  const server = await registry(t, await packed(t, { 'x.csv': CSV }));
  const folder = temporary(t);
  const { host } = new URL(server.url);
  writeFileSync(path.join(folder, '.npmrc'), `registry=${server.url}/\n//${host}/:_authToken=secret\n`);
  const { sources } = open(t, {}, folder);
  await sources.fetchFile({ name: 'x.csv', from: ['npm:tiny-data@1.0.0'], path: 'x.csv', integrity: server.integrity });
  assert.deepEqual(
    server.log.map(({ authorization }) => authorization),
    ['Bearer secret', 'Bearer secret'],
  );
});

test('npm: progress of a tarball knows its length, and ends, come what may', async (t) => {
  const tarball = await packed(t, { 'x.csv': CSV });
  const { url, integrity } = await registry(t, tarball);
  const reports: DownloadProgress[] = [];
  const { sources } = open(t, { env: { npm_config_registry: url }, onProgress: (report) => void reports.push(report) });
  const request = { name: 'x.csv', from: ['npm:tiny-data@1.0.0'], path: 'x.csv', integrity };
  await assert.rejects(sources.fetchFile({ ...request, integrity: integrityOf('other') }), { code: 'CHECKSUM' });
  const whole = { name: 'npm:tiny-data@1.0.0', done: tarball.length, total: tarball.length };
  assert.ok(reports.splice(0).at(-1)?.ended ?? true);
  await sources.fetchFile(request);
  assert.deepEqual(
    [reports.at(-2), reports.at(-1)],
    [
      { ...whole, ended: false },
      { ...whole, ended: true },
    ],
  );
});

test('npm: an .npmrc of blanks, braces and signs without end is read at once', (t) => {
  const folder = temporary(t);
  for (const line of [`a${' '.repeat(300_000)}`, `a = b${' '.repeat(300_000)}c`, `registry=${'${'.repeat(150_000)}`, '='.repeat(300_000)]) {
    writeFileSync(path.join(folder, '.npmrc'), `${line}\nproxy = "x" \n# registry=y\n;registry=y\n`);
    const started = performance.now();
    assert.equal(npmSettings({ HOME: folder, npm_config_globalconfig: path.join(folder, 'none') }, folder)['proxy'], 'x');
    assert.ok(performance.now() - started < 2000);
  }
});
