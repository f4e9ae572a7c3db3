import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { placesOf } from '../../src/registry/variant-sources.ts';
import { probe, probeOf } from '../../src/sources/probe.ts';
import { COMMIT, forbidden, open, send, serve, serveHub, sha256, temporary } from './server.ts';
import { entry, FILES, ONNX, REPO } from './tiny-hub.ts';

test('mirror: large hub files come from a folder by hash', async (t) => {
  const server = await serveHub(t, REPO);
  const mirror = temporary(t);
  writeFileSync(path.join(mirror, 'any-name'), ONNX);
  const { sources } = open(t, { mirrors: [mirror], env: { HF_ENDPOINT: server.url } });
  const { onnx } = await sources.fetchModel(entry());
  assert.equal(readFileSync(onnx!, 'utf8'), ONNX);
  assert.ok(!server.log.some(({ line }) => line.endsWith('/onnx/model.onnx')));
});

test('mirror: an encoder with all its files pinned needs no hub', async (t) => {
  const mirror = temporary(t);
  mkdirSync(path.join(mirror, 'deep'));
  writeFileSync(path.join(mirror, 'deep', 'a.bin'), ONNX);
  writeFileSync(path.join(mirror, 'b.json'), FILES['tokenizer.json']);
  const { fetch, calls } = forbidden();
  const { sources } = open(t, { offline: true, fetch, mirrors: [mirror] });
  const pinned = entry({
    from: `hf:org/tiny@${COMMIT}`,
    files: {
      'onnx/model.onnx': { sha256: sha256(ONNX), bytes: ONNX.length },
      'tokenizer.json': { sha256: sha256(FILES['tokenizer.json']) },
    },
  });
  assert.deepEqual(await sources.planModel(pinned), { state: 'mirrored', bytes: 0 });
  const found = await sources.fetchModel(pinned);
  assert.equal(found.revision, COMMIT);
  assert.equal(path.relative(found.folder, found.onnx!), path.join('onnx', 'model.onnx'));
  assert.equal(readFileSync(found.onnx!, 'utf8'), ONNX);
  assert.deepEqual(calls, []);
});

test('mirror: runs at once that link the same encoder never find a file gone', async (t) => {
  const folder = temporary(t);
  const files = { 'onnx/model.onnx': 'graph', 'tokenizer.json': '{}' };
  const pins = Object.fromEntries(
    Object.entries(files).map(([name, text]) => {
      writeFileSync(path.join(folder, path.basename(name)), text);
      return [name, { sha256: sha256(text), bytes: text.length }];
    }),
  );
  const { sources } = open(t, { offline: true, mirrors: [folder] });
  const { onnx } = await sources.fetchModel(entry({ files: pins }));
  const state = { running: true };
  const again = Promise.all(Array.from({ length: 20 }, () => sources.fetchModel(entry({ files: pins })))).finally(
    () => (state.running = false),
  );
  while (state.running) {
    assert.equal(readFileSync(onnx!, 'utf8'), 'graph');
    await new Promise(setImmediate);
  }
  await again;
  assert.deepEqual(readdirSync(path.dirname(onnx!)), ['model.onnx']);
});

test('https: an encoder is planned, fetched and probed by its files', async (t) => {
  const files = { 'onnx/model.onnx': 'graph', 'tokenizer.json': '{}' };
  const server = await serve(t, (request, response) => {
    const text = (files as Record<string, string>)[request.url!.replace('/tiny/', '')];
    if (text === undefined) response.writeHead(404).end();
    else send(request, response, Buffer.from(text));
  });
  const { sources } = open(t, { fetch: (input, init) => fetch(String(input).replace('https://files.test', server.url), init) });
  const pins = Object.fromEntries(Object.entries(files).map(([name, text]) => [name, { sha256: sha256(text), bytes: text.length }]));
  const tiny = entry({ from: 'https://files.test/tiny', files: pins });
  assert.deepEqual(await sources.planModel(tiny), { state: 'download', bytes: 7 });
  await probe(sources.context, probeOf(placesOf(tiny.variants[0]!)[0]));
  const { onnx, folder } = await sources.fetchModel(tiny);
  assert.deepEqual([readFileSync(onnx!, 'utf8'), readFileSync(path.join(folder, 'tokenizer.json'), 'utf8')], ['graph', '{}']);
  assert.deepEqual(await sources.planModel(tiny), { state: 'cached', bytes: 0 });
  await assert.rejects(probe(sources.context, { from: 'https://files.test/tiny', paths: ['tokenizer.json', 'other.onnx'] }), {
    code: 'SOURCE',
    message:
      'https://files.test/tiny/other.onnx: The answer was 404: file not found. Check the address, or give `mirror` DIR with the file.',
  });
});
