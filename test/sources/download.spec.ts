import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { forbidden, open, send, serve, sha256, temporary, type Opened, type TestServer } from './server.ts';

const BODY = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31) % 251));
const FROM = 'https://files.test/data.bin';
const REQUEST = { name: 'data.bin', from: [FROM], sha256: sha256(BODY), bytes: BODY.length };

/** Sources that resolve files.test to a server on this machine. */
async function opened(
  t: TestContext,
  options: { timeoutMs?: number; mirrors?: string[]; offline?: boolean } = {},
  folder?: string,
): Promise<Opened & { server: TestServer }> {
  const server = await serve(t, (request, response) => send(request, response, BODY));
  return {
    server,
    ...open(t, { ...options, fetch: (input, init) => fetch(String(input).replace('https://files.test', server.url), init) }, folder),
  };
}

function kept(folder: string): string[] {
  const place = path.join(folder, 'cache', 'https', REQUEST.sha256);
  return existsSync(place) ? readdirSync(place).toSorted() : [];
}

test('download: a file arrives whole, checked, and is not asked for again', async (t) => {
  const { sources, server, folder } = await opened(t);
  const file = await sources.fetchFile(REQUEST);
  assert.deepEqual(file, {
    path: path.join(folder, 'cache', 'https', REQUEST.sha256, 'data.bin'),
    sha256: REQUEST.sha256,
    bytes: BODY.length,
    revision: FROM,
  });
  assert.deepEqual(readFileSync(file.path), BODY);
  const { fetch: none, calls } = forbidden();
  assert.deepEqual(await open(t, { fetch: none, offline: true }, folder).sources.fetchFile(REQUEST), file);
  assert.deepEqual([server.log.length, calls, kept(folder)], [1, [], ['data.bin']]);
});

test('download: resumes where an earlier run stopped', async (t) => {
  const { sources, server, folder } = await opened(t);
  const place = path.join(folder, 'cache', 'https', REQUEST.sha256);
  mkdirSync(place, { recursive: true });
  writeFileSync(path.join(place, 'data.bin.part'), BODY.subarray(0, 100_000));
  assert.deepEqual(readFileSync((await sources.fetchFile(REQUEST)).path), BODY);
  assert.deepEqual(
    server.log.map(({ range }) => range),
    ['bytes=100000-'],
  );
});

test('download: a part of another file is thrown away and fetched from the first byte', async (t) => {
  const { sources, server, folder } = await opened(t);
  const place = path.join(folder, 'cache', 'https', REQUEST.sha256);
  mkdirSync(place, { recursive: true });
  writeFileSync(path.join(place, 'data.bin.part'), Buffer.alloc(1000));
  assert.deepEqual(readFileSync((await sources.fetchFile(REQUEST)).path), BODY);
  assert.deepEqual(
    server.log.map(({ range }) => range),
    ['bytes=1000-', undefined],
  );
});

test('download: a server without ranges sends all again, and nothing is doubled', async (t) => {
  const { sources, server, folder } = await opened(t);
  server.routes.set('/data.bin', (_request, response) => void response.writeHead(200, { 'content-length': BODY.length }).end(BODY));
  const place = path.join(folder, 'cache', 'https', REQUEST.sha256);
  mkdirSync(place, { recursive: true });
  writeFileSync(path.join(place, 'data.bin.part'), BODY.subarray(0, 5000));
  assert.deepEqual(readFileSync((await sources.fetchFile(REQUEST)).path), BODY);
});

test('download: a response that breaks off is resumed', async (t) => {
  const { sources, server } = await opened(t);
  server.routes.set('/data.bin', (request, response, hits) => {
    if (hits > 1) return send(request, response, BODY);
    response.writeHead(200, { 'content-length': BODY.length });
    response.write(BODY.subarray(0, 150_000), () => setTimeout(() => response.destroy(), 200));
  });
  assert.deepEqual(readFileSync((await sources.fetchFile(REQUEST)).path), BODY);
  // How much of it was written when the connection broke is a matter of timing.
  assert.match(server.log.map(({ range }) => String(range)).join(), /^undefined,bytes=[1-9]\d*-$/);
});

test('download: a server that stops sending is given up after three tries, and what came is kept for the next run', async (t) => {
  const { sources, server, folder } = await opened(t, { timeoutMs: 60 });
  server.routes.set('/data.bin', (_request, response, hits) => {
    response.writeHead(hits === 1 ? 200 : 206, {
      'content-length': BODY.length,
      'content-range': `bytes 10-${BODY.length - 1}/${BODY.length}`,
    });
    if (hits === 1) response.write(BODY.subarray(0, 10));
    else response.flushHeaders();
  });
  await assert.rejects(sources.fetchFile(REQUEST), {
    code: 'OFFLINE',
    message: `data.bin from ${FROM}: The download failed 3 times (no data for 0.06 s). Run it again to resume the download.`,
  });
  assert.deepEqual(kept(folder), ['data.bin.part']);
});

test('download: a server that never answers ends after three tries', async (t) => {
  const { sources, server } = await opened(t, { timeoutMs: 50 });
  server.routes.set('/data.bin', () => undefined);
  await assert.rejects(sources.fetchFile(REQUEST), {
    code: 'OFFLINE',
    message:
      'data.bin: No answer from https://files.test (no answer within 0.05 s) after 3 tries. Check the network, or give `mirror` DIR with the files.',
  });
  assert.equal(server.log.length, 3);
});

test('download: 500 and 429 are tried again, Retry-After is waited for', async (t) => {
  const { sources, server } = await opened(t);
  server.routes.set('/data.bin', (request, response, hits) => {
    if (hits === 1) return void response.writeHead(500).end();
    if (hits === 2) return void response.writeHead(429, { 'retry-after': '1' }).end();
    send(request, response, BODY);
  });
  const start = performance.now();
  await sources.fetchFile(REQUEST);
  assert.ok(performance.now() - start >= 990);
  assert.equal(server.log.length, 3);
});

test('download: a server that fails three times is named with its status', async (t) => {
  const { sources, server } = await opened(t);
  server.routes.set('/data.bin', (_request, response) => void response.writeHead(503).end());
  await assert.rejects(sources.fetchFile(REQUEST), {
    code: 'SOURCE',
    message: `data.bin from ${FROM}: The answer was 503: the server fails, 3 tries. Run it again later, or give \`mirror\` DIR with the file.`,
  });
  assert.equal(server.log.length, 3);
});

test('download: 404 is not tried again', async (t) => {
  const { sources, server } = await opened(t);
  server.routes.set('/data.bin', (_request, response) => void response.writeHead(404).end());
  await assert.rejects(sources.fetchFile(REQUEST), {
    code: 'SOURCE',
    message: `data.bin from ${FROM}: The answer was 404: file not found. Check the address, or give \`mirror\` DIR with the file.`,
  });
  assert.equal(server.log.length, 1);
});

test('download: other bytes than pinned are refused, and nothing is kept', async (t) => {
  const { sources, server, folder } = await opened(t);
  const other = Buffer.alloc(BODY.length, 1);
  server.routes.set('/data.bin', (request, response) => send(request, response, other));
  await assert.rejects(sources.fetchFile(REQUEST), {
    code: 'CHECKSUM',
    message: `data.bin from ${FROM}: Its sha256 is ${sha256(other)}, expected ${REQUEST.sha256}. The source has changed, or a proxy alters it. Nothing was kept.`,
  });
  assert.deepEqual(kept(folder), []);
});

test('download: an answer longer than pinned is broken off, and nothing is kept', async (t) => {
  const { sources, server, folder } = await opened(t);
  server.routes.set('/data.bin', (request, response) => send(request, response, Buffer.concat([BODY, BODY])));
  await assert.rejects(sources.fetchFile(REQUEST), {
    code: 'CHECKSUM',
    message: `data.bin from ${FROM}: It sends more than the ${BODY.length} bytes expected. The source has changed, or a proxy alters it. Nothing was kept.`,
  });
  assert.deepEqual(kept(folder), []);
});

test('download: a file that was damaged in the cache is fetched again', async (t) => {
  const { sources } = await opened(t);
  const { path: place } = await sources.fetchFile(REQUEST);
  writeFileSync(place, 'damaged');
  assert.deepEqual(readFileSync((await sources.fetchFile(REQUEST)).path), BODY);
});

test('download: from https to http is not followed', async (t) => {
  const { sources, server } = await opened(t);
  server.routes.set('/data.bin', (_request, response) => void response.writeHead(302, { location: 'http://elsewhere.test/x' }).end());
  await assert.rejects(sources.fetchFile(REQUEST), {
    message: `data.bin from ${FROM}: It redirects from https to http://elsewhere.test, which is not followed. Check the address, or give \`mirror\` DIR with the file.`,
  });
});

test('download: two runs at once do not write into one another', async (t) => {
  const { sources, folder } = await opened(t);
  const results = await Promise.all([sources.fetchFile(REQUEST), sources.fetchFile(REQUEST), sources.fetchFile(REQUEST)]);
  for (const { path: place } of results) assert.deepEqual(readFileSync(place), BODY);
  assert.deepEqual(kept(folder), ['data.bin']);
});

test('https: a file without a hash is not taken', async (t) => {
  const { sources } = await opened(t);
  await assert.rejects(sources.fetchFile({ name: 'data.bin', from: [FROM] }), {
    code: 'SOURCE',
    message: `data.bin from ${FROM}: A file from the web needs a sha256, and the entry has none. Add its sha256.`,
  });
});

test('sources: the next one is taken where one fails, and all are named where none gives it', async (t) => {
  const { sources, server } = await opened(t);
  server.routes.set('/gone', (_request, response) => void response.writeHead(404).end());
  const gone = 'https://files.test/gone';
  assert.equal((await sources.fetchFile({ ...REQUEST, from: [gone, FROM] })).revision, FROM);
  await assert.rejects(sources.fetchFile({ name: 'x', sha256: sha256('x'), from: [gone, 'file:/nowhere/x'] }), {
    code: 'SOURCE',
    message: `x: All 2 sources failed: (1) ${gone}: The answer was 404: file not found. (2) /nowhere/x: File not found. Give \`mirror\` DIR with the files, or add another source.`,
  });
});

test('offline: a file that is not there is one line, and the network is not touched', async (t) => {
  const { fetch: none, calls } = forbidden();
  const { sources, folder } = open(t, { offline: true, fetch: none });
  await assert.rejects(sources.fetchFile(REQUEST), {
    code: 'OFFLINE',
    message: `data.bin from ${FROM}: It is not in the cache (${path.join(folder, 'cache')}), and \`offline\` is on. Run once while online, or give \`mirror\` DIR with the file.`,
  });
  assert.deepEqual(await sources.planFile(REQUEST), { state: 'missing', bytes: undefined });
  assert.deepEqual(calls, []);
});

test('mirror: a file is found by hash before any source, by whatever name', async (t) => {
  const mirror = temporary(t);
  mkdirSync(path.join(mirror, 'a', 'b'), { recursive: true });
  writeFileSync(path.join(mirror, 'a', 'b', 'renamed'), BODY);
  writeFileSync(path.join(mirror, 'data.bin'), 'the right name, other bytes');
  const { sources, server } = await opened(t, { mirrors: [mirror] });
  assert.deepEqual(await sources.planFile(REQUEST), { state: 'mirrored', bytes: 0 });
  assert.equal((await sources.fetchFile(REQUEST)).path, path.join(mirror, 'a', 'b', 'renamed'));
  assert.equal((await sources.fetchFile({ ...REQUEST, bytes: undefined, from: [] })).sha256, REQUEST.sha256);
  assert.deepEqual(server.log, []);
});

test('mirror: a folder that is not there is a mistake', async (t) => {
  const { sources } = await opened(t, { mirrors: ['/nowhere'] });
  await assert.rejects(sources.fetchFile(REQUEST), { code: 'OPTION', message: '`mirror`: Folder not found: /nowhere.' });
});

test('mirror: a file that only mirrors have says so', async (t) => {
  const { sources } = await opened(t);
  await assert.rejects(sources.fetchFile({ ...REQUEST, from: [] }), {
    code: 'SOURCE',
    message: 'data.bin: No public source has this file. Give `mirror` DIR with a folder that has it.',
  });
});

test('file: a file of one’s own is taken as it is, and compared where it is pinned', async (t) => {
  const { sources, folder } = await opened(t);
  const own = path.join(folder, 'own.csv');
  writeFileSync(own, 'a,b\n');
  assert.deepEqual(await sources.fetchFile({ name: 'own.csv', from: [`file:${own}`] }), { path: own, sha256: sha256('a,b\n'), bytes: 4 });
  await assert.rejects(sources.fetchFile({ name: 'own.csv', from: [`file:${own}`], bytes: 5 }), {
    code: 'CHECKSUM',
    message: `own.csv from ${own}: It has 4 bytes, expected 5. Replace it with the right file.`,
  });
});

test('download: a lock that is being written is another run’s, an old one without an owner is not', async (t) => {
  const { sources, folder } = await opened(t);
  const place = path.join(folder, 'cache', 'https', REQUEST.sha256);
  const lock = path.join(place, 'data.bin.part.lock');
  mkdirSync(place, { recursive: true });
  writeFileSync(lock, '');
  await sources.fetchFile(REQUEST);
  assert.deepEqual(kept(folder), ['data.bin', 'data.bin.part.lock']);
  rmSync(path.join(place, 'data.bin'));
  utimesSync(lock, 0, 0);
  await sources.fetchFile(REQUEST);
  assert.deepEqual(kept(folder), ['data.bin']);
});

test('download: a cache folder that cannot be written is one line', async (t) => {
  const { sources, folder } = await opened(t);
  writeFileSync(path.join(folder, 'cache'), 'a file');
  await assert.rejects(sources.fetchFile(REQUEST), {
    name: 'HarnessError',
    message: /cache.*This cannot be read or written \(E.*for hub files HF_HOME\.$/,
  });
});
