import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { placesOf } from '../../src/registry/variant-sources.ts';
import { pinVariant } from '../../src/sources/pin.ts';
import { probe, probeOf } from '../../src/sources/probe.ts';
import type { DownloadProgress } from '../../src/sources/types.ts';
import { COMMIT, forbidden, open, send, serve, serveHub, sha256, temporary } from './server.ts';
import { entry, FILES, ONNX, REPO } from './tiny-hub.ts';

test('hub: fetches the ONNX file with its external data and small files, and names the commit', async (t) => {
  const server = await serveHub(t, REPO);
  const seen: DownloadProgress[] = [];
  const { sources, hub } = open(t, { env: { HF_ENDPOINT: `${server.url}/` }, onProgress: (progress) => seen.push(progress) });
  const found = await sources.fetchModel(entry());
  assert.equal(found.revision, COMMIT);
  assert.equal(found.folder, path.join(hub, 'models--org--tiny', 'snapshots', COMMIT));
  assert.equal(found.onnx, path.join(found.folder, 'onnx', 'model.onnx'));
  assert.deepEqual([...found.files.keys()].toSorted(), [
    '1_Pooling/config.json',
    'config.json',
    'onnx/model.onnx',
    'onnx/model.onnx_data',
    'sentence_bert_config.json',
    'tokenizer.json',
  ]);
  assert.equal(readFileSync(found.onnx!, 'utf8'), ONNX);
  assert.deepEqual(found.files.get('onnx/model.onnx'), { path: found.onnx, sha256: sha256(ONNX), bytes: ONNX.length, revision: COMMIT });
  assert.deepEqual(
    seen.findLast(({ name }) => name === 'org/tiny onnx/model.onnx'),
    { name: 'org/tiny onnx/model.onnx', done: ONNX.length, total: ONNX.length, ended: true },
  );
});

test('hub: the cache folder is laid out as Python has it', async (t) => {
  const server = await serveHub(t, REPO);
  const { sources, hub } = open(t, { env: { HF_ENDPOINT: server.url } });
  const { onnx } = await sources.fetchModel(entry());
  const repo = path.join(hub, 'models--org--tiny');
  assert.equal(readFileSync(path.join(repo, 'refs', 'main'), 'utf8'), COMMIT);
  assert.ok(lstatSync(onnx!).isSymbolicLink());
  assert.equal(readFileSync(path.join(repo, 'blobs', sha256(ONNX)), 'utf8'), ONNX);
  assert.deepEqual(
    readdirSync(path.join(repo, 'blobs')).filter((name) => name.includes('.')),
    [],
  );
});

test('hub: a second run asks nothing, online and offline', async (t) => {
  const server = await serveHub(t, REPO);
  const env = { HF_ENDPOINT: server.url };
  const { sources, folder } = open(t, { env });
  const first = await sources.fetchModel(entry());
  for (const offline of [false, true]) {
    const { fetch, calls } = forbidden();
    const again = await open(t, { env, offline, fetch }, folder).sources.fetchModel(entry());
    assert.deepEqual({ ...again, files: [...again.files] }, { ...first, files: [...first.files] });
    assert.deepEqual(calls, []);
  }
});

test('hub: what a Python user cached is found offline by refs/main', async (t) => {
  const { fetch, calls } = forbidden();
  const { sources, hub } = open(t, { offline: true, fetch });
  const repo = path.join(hub, 'models--org--tiny');
  const snapshot = path.join(repo, 'snapshots', COMMIT);
  mkdirSync(path.join(repo, 'refs'), { recursive: true });
  mkdirSync(path.join(repo, 'blobs'));
  mkdirSync(path.join(snapshot, 'onnx'), { recursive: true });
  writeFileSync(path.join(repo, 'refs', 'main'), COMMIT);
  for (const [name, blob] of [
    ['onnx/model.onnx', 'a'],
    ['tokenizer.json', 'b'],
  ] as const) {
    writeFileSync(path.join(repo, 'blobs', blob), name);
    symlinkSync(path.relative(path.dirname(path.join(snapshot, name)), path.join(repo, 'blobs', blob)), path.join(snapshot, name));
  }
  const found = await sources.fetchModel(entry());
  assert.deepEqual([found.revision, [...found.files.keys()].toSorted()], [COMMIT, ['onnx/model.onnx', 'tokenizer.json']]);
  assert.deepEqual(await sources.planModel(entry()), { state: 'cached', bytes: 0 });
  assert.deepEqual(calls, []);
});

test('hub: HF_HUB_OFFLINE and --offline say so in one line, and ask nothing', async (t) => {
  for (const [offline, flag] of [
    [true, '`offline`'],
    [false, 'HF_HUB_OFFLINE'],
  ] as const) {
    const { fetch, calls } = forbidden();
    const { sources, hub } = open(t, { offline, fetch, env: { HF_HUB_OFFLINE: 'True' } });
    await assert.rejects(sources.fetchModel(entry()), {
      code: 'OFFLINE',
      message: `tiny from hf:org/tiny@main: It is not in the cache (${hub}), and ${flag} is on. Run once while online, or give \`mirror\` DIR with the files.`,
    });
    assert.deepEqual(await sources.planModel(entry()), { state: 'missing', bytes: undefined });
    assert.deepEqual(calls, []);
  }
});

test('hub: a token goes to the hub and never to where it redirects', async (t) => {
  const cdn = await serve(t, (request, response) => send(request, response, Buffer.from(ONNX)));
  const server = await serveHub(t, REPO);
  server.routes.set(
    `/org/tiny/resolve/${COMMIT}/onnx/model.onnx`,
    (_request, response) => void response.writeHead(302, { location: `${cdn.url}/blob` }).end(),
  );
  const { sources } = open(t, { env: { HF_ENDPOINT: server.url, HF_TOKEN: 'hf_secret' } });
  await sources.fetchModel(entry());
  assert.deepEqual(cdn.log, [{ line: 'GET /blob', authorization: undefined, range: undefined }]);
  assert.deepEqual([...new Set(server.log.map(({ authorization }) => authorization))], ['Bearer hf_secret']);
});

test('hub: a listing that goes on at another host gets no token', async (t) => {
  const other = await serve(t, (_request, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('[]'));
  const server = await serveHub(t, REPO);
  server.routes.set(
    `/api/models/org/tiny/tree/${COMMIT}`,
    (_request, response) =>
      void response.writeHead(200, { 'content-type': 'application/json', link: `<${other.url}/next>; rel="next"` }).end('[]'),
  );
  const { sources } = open(t, { env: { HF_ENDPOINT: server.url, HF_TOKEN: 'hf_secret' } });
  await assert.rejects(sources.fetchModel(entry()), { code: 'SOURCE' });
  assert.deepEqual(
    other.log.map(({ authorization }) => authorization),
    [undefined],
  );
});

test('hub: the token file of HF_HOME is used where HF_TOKEN is not set', async (t) => {
  const server = await serveHub(t, REPO);
  const folder = temporary(t);
  mkdirSync(path.join(folder, 'hf'));
  writeFileSync(path.join(folder, 'hf', 'token'), 'hf_file\n');
  await open(t, { env: { HF_ENDPOINT: server.url } }, folder).sources.fetchModel(entry());
  assert.equal(server.log[0]!.authorization, 'Bearer hf_file');
});

test('hub: HF_HUB_CACHE names the cache folder', async (t) => {
  const server = await serveHub(t, REPO);
  const cache = temporary(t);
  const { sources } = open(t, { env: { HF_ENDPOINT: server.url, HF_HUB_CACHE: cache } });
  assert.ok((await sources.fetchModel(entry())).folder.startsWith(cache));
});

test('hub: a damaged file of the cache is fetched again, and said where it cannot be', async (t) => {
  const server = await serveHub(t, REPO);
  const env = { HF_ENDPOINT: server.url };
  const { sources, folder, hub } = open(t, { env });
  const { onnx } = await sources.fetchModel(entry());
  writeFileSync(path.join(hub, 'models--org--tiny', 'blobs', sha256(ONNX)), 'damaged');
  await assert.rejects(open(t, { env, offline: true }, folder).sources.fetchModel(entry()), {
    code: 'CHECKSUM',
    message: `tiny from ${onnx}: This cached file is damaged: It has 7 bytes, expected ${ONNX.length}. Run once without \`offline\` to download it again.`,
  });
  await open(t, { env }, folder).sources.fetchModel(entry());
  assert.equal(readFileSync(onnx!, 'utf8'), ONNX);
});

test('hub: a pin that the repository does not have is refused', async (t) => {
  const server = await serveHub(t, REPO);
  const { sources } = open(t, { env: { HF_ENDPOINT: server.url } });
  await assert.rejects(sources.fetchModel(entry({ files: { 'tokenizer.json': { sha256: sha256('other') } } })), {
    code: 'CHECKSUM',
    message: `tiny from hf:org/tiny@main tokenizer.json: Its sha256 is ${sha256(FILES['tokenizer.json'])}, expected ${sha256('other')}. The registry entry expects another file: correct it, or \`bench models --pin\`.`,
  });
});

test('hub: a listing cannot write outside the cache', async (t) => {
  const server = await serveHub(t, {
    name: 'org/tiny',
    files: { ...FILES, '../../../../escape/config.json': 'x', '1_Pooling/../../config.json': 'x' },
  });
  const { sources, folder } = open(t, { env: { HF_ENDPOINT: server.url } });
  const found = await sources.fetchModel(entry({ files: {} }));
  assert.ok([...found.files.keys()].every((name) => !name.includes('..')));
  assert.ok(!existsSync(path.join(folder, 'escape')));
});

for (const [status, code, message] of [
  [404, 'SOURCE', 'has no such repository, revision or file (404). Check the name.'],
  [401, 'SOURCE', 'has no such repository, or it is private (401). Check the name; for a private one set HF_TOKEN.'],
] as const) {
  test(`hub: answer ${status} is one line with what to do`, async (t) => {
    const server = await serve(t, (_request, response) => void response.writeHead(status).end('no'));
    const { sources } = open(t, { env: { HF_ENDPOINT: server.url } });
    await assert.rejects(sources.fetchModel(entry()), {
      code,
      message: `tiny from hf:org/tiny@main: ${new URL(server.url).host} ${message}`,
    });
  });
}

test('hub: answer 403 names the page where terms are accepted', async (t) => {
  const server = await serve(t, (_request, response) => void response.writeHead(403).end('gated'));
  const { sources } = open(t, { env: { HF_ENDPOINT: server.url } });
  await assert.rejects(sources.fetchModel(entry()), {
    message: `tiny from hf:org/tiny@main: ${new URL(server.url).host} denies access (403). Accept its terms at ${server.url}/org/tiny and set HF_TOKEN.`,
  });
});

for (const [token, message] of [
  [undefined, 'lists its files, but requires accepting its terms (401). Accept them at URL/org/tiny and set HF_TOKEN.'],
  [
    'hf_other',
    'lists its files, but requires accepting its terms, or rejects the token (401). Accept them at URL/org/tiny and check HF_TOKEN.',
  ],
] as const) {
  test(`hub: a gated repository and a missing one have different errors, ${token === undefined ? 'without' : 'with'} a token`, async (t) => {
    const server = await serveHub(t, REPO);
    for (const file of Object.keys(FILES)) {
      server.routes.set(
        `/org/tiny/resolve/${COMMIT}/${file}`,
        (_request, response) => void response.writeHead(401, { 'x-error-code': 'GatedRepo' }).end('no'),
      );
    }
    const { sources } = open(t, { env: { HF_ENDPOINT: server.url, ...(token !== undefined && { HF_TOKEN: token }) } });
    await assert.rejects(sources.fetchModel(entry()), {
      code: 'SOURCE',
      message: `tiny from hf:org/tiny@${COMMIT}: ${new URL(server.url).host} ${message.replace('URL', server.url)}`,
    });
  });
}

test('hub: an answer that is no hub’s is said', async (t) => {
  const server = await serve(t, (_request, response) => void response.writeHead(200).end('<html>login</html>'));
  const { sources } = open(t, { env: { HF_ENDPOINT: server.url } });
  await assert.rejects(
    sources.fetchModel(entry()),
    (error: Error) =>
      error.message.startsWith(`tiny from hf:org/tiny@main: ${server.url} gave an unexpected answer (`) &&
      error.message.endsWith('Check HF_ENDPOINT.'),
  );
});

test('hub: no network is one line, and the same host is not asked again', async (t) => {
  let calls = 0;
  const failing: typeof fetch = () => {
    calls++;
    return Promise.reject(new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND hub.test') }));
  };
  const { sources } = open(t, { fetch: failing, env: { HF_ENDPOINT: 'https://hub.test' } });
  const complaint = {
    code: 'OFFLINE',
    message:
      'tiny: No answer from https://hub.test (getaddrinfo ENOTFOUND hub.test) after 3 tries. Check the network, or give `mirror` DIR with the files.',
  };
  await assert.rejects(sources.fetchModel(entry()), complaint);
  await assert.rejects(sources.fetchModel(entry()), complaint);
  assert.equal(calls, 3);
});

test('hub: the second variant is taken where the first does not answer', async (t) => {
  const server = await serveHub(t, REPO);
  const { sources } = open(t, { env: { HF_ENDPOINT: server.url } });
  const two = entry();
  const found = await sources.fetchModel({ ...two, variants: [{ ...two.variants[0]!, from: 'hf:org/gone@main' }, two.variants[0]!] });
  assert.equal(found.revision, COMMIT);
});

test('hub: a repository without an entry: the ONNX file is found by dtype', async (t) => {
  const server = await serveHub(t, REPO);
  const { sources, folder } = open(t, { env: { HF_ENDPOINT: server.url } });
  assert.equal(path.basename((await sources.fetchHubModel({ source: 'hf:org/tiny' })).onnx!), 'model.onnx');
  const q4 = await sources.fetchHubModel({ source: `hf:org/tiny@${COMMIT}`, dtype: 'q4' });
  assert.deepEqual([path.basename(q4.onnx!), q4.files.has('onnx/model.onnx')], ['model_q4.onnx', false]);
  await assert.rejects(sources.fetchHubModel({ source: 'hf:org/tiny', dtype: 'fp16' }), {
    message:
      'hf:org/tiny: The repository has none of onnx/model_fp16.onnx, model_fp16.onnx; its ONNX files: onnx/model.onnx, onnx/model_q4.onnx. Select one in a registry entry (`modelsFile`).',
  });
  const again = await open(t, { offline: true }, folder).sources.fetchHubModel({ source: 'hf:org/tiny' });
  assert.equal(again.revision, COMMIT);
});

test('plan: says how many bytes a download takes, less what is there', async (t) => {
  const server = await serveHub(t, REPO);
  const { sources, hub } = open(t, { env: { HF_ENDPOINT: server.url } });
  const wanted = [
    'onnx/model.onnx',
    'onnx/model.onnx_data',
    'tokenizer.json',
    'config.json',
    'sentence_bert_config.json',
    '1_Pooling/config.json',
  ] as const;
  const total = wanted.reduce((sum, name) => sum + FILES[name].length, 0);
  assert.deepEqual(await sources.planModel(entry()), { state: 'download', bytes: total });
  await sources.fetchModel(entry());
  assert.deepEqual(await sources.planModel(entry()), { state: 'cached', bytes: 0 });
  rmSync(path.join(hub, 'models--org--tiny', 'snapshots', COMMIT, 'config.json'));
  assert.deepEqual(await sources.planModel(entry()), { state: 'download', bytes: FILES['config.json'].length });
});

test('plan: without asking, an encoder that nobody fetched is to be downloaded, size unknown', async (t) => {
  const { fetch, calls } = forbidden();
  const { sources } = open(t, { fetch });
  assert.deepEqual(await sources.planModel(entry(), { ask: false }), { state: 'download', bytes: undefined });
  assert.deepEqual(calls, []);
});

test('pin: a revision becomes a commit, with hashes of all files, and the large ones are not downloaded', async (t) => {
  const server = await serveHub(t, REPO);
  const { sources } = open(t, { env: { HF_ENDPOINT: server.url } });
  const pins = await pinVariant(sources.context, entry().variants[0]!);
  assert.equal(pins.from, `hf:org/tiny@${COMMIT}`);
  assert.deepEqual(pins.files['onnx/model.onnx'], { sha256: sha256(ONNX), bytes: ONNX.length });
  assert.deepEqual(pins.files['tokenizer.json'], { sha256: sha256(FILES['tokenizer.json']), bytes: FILES['tokenizer.json'].length });
  assert.ok(!server.log.some(({ line }) => line.endsWith('.onnx')));
  // What was pinned is what is then fetched.
  assert.equal((await sources.fetchModel(entry(pins))).revision, COMMIT);
});

test('probe: whether a repository has the ONNX file is detected', async (t) => {
  const server = await serveHub(t, REPO);
  const { sources } = open(t, { env: { HF_ENDPOINT: server.url } });
  await probe(sources.context, probeOf(placesOf(entry().variants[0]!)[0]));
  await assert.rejects(probe(sources.context, probeOf(placesOf(entry({ onnx: 'model.onnx' }).variants[0]!)[0])), {
    message: `hf:org/tiny@main: The repository has no model.onnx at ${COMMIT.slice(0, 12)}.`,
  });
});

test('entry: an unregistered dtype is reported', async (t) => {
  const { sources } = open(t, { offline: true });
  await assert.rejects(sources.fetchModel(entry(), 'q8'), {
    code: 'SOURCE',
    message: 'tiny: It is not registered as q8. Available: fp32.',
  });
});

test('hub: a single file that a Python user cached is found offline, its size unknown', async (t) => {
  const { fetch } = forbidden();
  const { sources, hub } = open(t, { offline: true, fetch });
  const snapshot = path.join(hub, 'models--org--data', 'snapshots', COMMIT);
  mkdirSync(snapshot, { recursive: true });
  writeFileSync(path.join(snapshot, 'a.csv'), 'text,label\n');
  const request = { name: 'a.csv', path: 'a.csv', from: [`hf:org/data@${COMMIT}`] };
  assert.deepEqual(await sources.fetchFile(request), {
    path: path.join(snapshot, 'a.csv'),
    sha256: sha256('text,label\n'),
    bytes: 11,
    revision: COMMIT,
  });
  await assert.rejects(sources.fetchFile({ ...request, sha256: sha256('other') }), {
    code: 'CHECKSUM',
    message: /The registry entry expects another file/,
  });
  await assert.rejects(sources.fetchFile({ ...request, path: 'b.csv' }), {
    code: 'OFFLINE',
    message: /^a\.csv from hf:org\/data@\w+: b\.csv is not in the cache/,
  });
});

const MODULES = {
  'config.json': '{}',
  'tokenizer.json': '{"version":"1.0"}',
  'model.safetensors': 'weights',
  'modules.json': '[]',
  '1_Pooling/config.json': '{}',
  '2_Dense/config.json': '{}',
  '2_Dense/model.safetensors': 'of the dense',
  '2_Dense/pytorch_model.bin': 'of the dense, pickled',
  '3_Dense/config.json': '{}',
  '3_Dense/pytorch_model.bin': 'of the other dense',
  '4_LayerNorm/config.json': '{}',
  '4_LayerNorm/model.safetensors': 'of the norm',
};

for (const onnx of [undefined, 'onnx/model.onnx']) {
  test(`hub: modules behind ${onnx ?? 'a checkpoint'} come with their weights, one file each, and stand in the plan`, async (t) => {
    const files = { ...MODULES, ...(onnx !== undefined && { [onnx]: ONNX, '0_Other/model.safetensors': 'not wanted' }) };
    const server = await serveHub(t, {
      name: 'org/tiny',
      files,
      large: Object.keys(files).filter((name) => /safetensors|bin$/.test(name)),
    });
    const { sources } = open(t, { env: { HF_ENDPOINT: server.url } });
    const skipped = ['2_Dense/pytorch_model.bin', '0_Other/model.safetensors', ...(onnx === undefined ? [] : ['model.safetensors'])];
    const wanted = Object.keys(files)
      .filter((name) => !skipped.includes(name))
      .toSorted();
    const { variants } = entry({ onnx });
    const model = { ...entry(), variants };
    const bytes = wanted.reduce((sum, name) => sum + (files as Record<string, string>)[name]!.length, 0);
    assert.deepEqual(await sources.planModel(model), { state: 'download', bytes });
    const found = await sources.fetchModel(model);
    assert.deepEqual([...found.files.keys()].toSorted(), wanted);
    assert.equal(found.files.get('3_Dense/pytorch_model.bin')!.sha256, sha256(MODULES['3_Dense/pytorch_model.bin']));
  });
}

test('hub: weights of a module that are not what the listing says are no weights', async (t) => {
  const files: Record<string, string> = { ...MODULES };
  const server = await serveHub(t, { name: 'org/tiny', files, large: ['2_Dense/model.safetensors'] });
  const { sources, hub } = open(t, { env: { HF_ENDPOINT: server.url } });
  await sources.planModel(entry({ onnx: undefined }));
  files['2_Dense/model.safetensors'] = 'of no dense!';
  await assert.rejects(
    sources.fetchModel(entry({ onnx: undefined })),
    (error: Error) =>
      error.message.startsWith('org/tiny 2_Dense/model.safetensors: ') || error.message.includes('2_Dense/model.safetensors'),
  );
  assert.ok(!existsSync(path.join(hub, 'models--org--tiny', 'snapshots', COMMIT, '2_Dense', 'model.safetensors')));
});
