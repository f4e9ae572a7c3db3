import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { open, serve, sha256, temporary } from './server.ts';
import { crafted, integrityOf, registry, type Registry } from './tarballs.ts';

const CSV = `text,label\n${randomBytes(150_000).toString('hex')},a\n`;
const TARBALL = crafted([{ path: 'package/x.csv', text: CSV }]);
const REQUEST = { name: 'x.csv', from: ['npm:tiny-data@1.0.0'], path: 'x.csv', sha256: sha256(CSV) };
const HINT = 'Check the network and the registry in .npmrc, or give `mirror` DIR with the files.';
const AT = '/tiny-data/-/x-1.0.0.tgz';

const asked = ({ log }: Registry) => log.filter(({ line }) => line.endsWith('.tgz')).length;

test('npm: 500 and 429 are tried again', async (t) => {
  const server = await registry(t, TARBALL);
  const send = server.routes.get(AT)!;
  server.routes.set(AT, (request, response, hits) => {
    if (hits === 1) return void response.writeHead(500).end();
    if (hits === 2) return void response.writeHead(429, { 'retry-after': '1' }).end();
    send(request, response, hits);
  });
  const { sources } = open(t, { env: { npm_config_registry: server.url } });
  assert.equal(readFileSync((await sources.fetchFile({ ...REQUEST, integrity: server.integrity })).path, 'utf8'), CSV);
  assert.equal(asked(server), 3);
});

test('npm: a tarball that breaks off is asked for again, from its first byte', async (t) => {
  const server = await registry(t, TARBALL);
  const send = server.routes.get(AT)!;
  server.routes.set(AT, (request, response, hits) => {
    if (hits > 1) return send(request, response, hits);
    response.writeHead(200, { 'content-length': TARBALL.length });
    response.write(TARBALL.subarray(0, 70_000), () => setTimeout(() => response.destroy(), 50));
  });
  const { sources, folder } = open(t, { env: { npm_config_registry: server.url } });
  assert.equal(readFileSync((await sources.fetchFile({ ...REQUEST, integrity: server.integrity })).path, 'utf8'), CSV);
  assert.deepEqual(readdirSync(path.join(folder, 'cache', 'npm')), ['tiny-data-1.0.0.tgz']);
});

for (const [what, status, said] of [
  ['fails', 503, 'Service Unavailable'],
  ['has too many requests', 429, 'Too Many Requests'],
] as const) {
  test(`npm: a registry that ${what} three times is named with its status`, async (t) => {
    const server = await registry(t, TARBALL);
    server.routes.set(AT, (_request, response) => void response.writeHead(status).end());
    const { sources, folder } = open(t, { env: { npm_config_registry: server.url } });
    await assert.rejects(sources.fetchFile({ ...REQUEST, integrity: server.integrity }), {
      code: 'OFFLINE',
      message: `x.csv from npm:tiny-data@1.0.0: No tarball from ${server.url} (${status} ${said} - GET ${server.url}${AT}) after 3 tries. ${HINT}`,
    });
    assert.equal(asked(server), 3);
    assert.deepEqual(readdirSync(path.join(folder, 'cache', 'npm')), []);
  });
}

for (const [status, message] of [
  [401, 'denies access (401). Log in with `npm login`, or give `mirror` DIR with the files.'],
  [403, 'denies access (403). Log in with `npm login`, or give `mirror` DIR with the files.'],
  [404, 'has no such version. Check the name, and that your npm registry has it.'],
] as const) {
  test(`npm: answer ${status} to a tarball is one line, asked for once`, async (t) => {
    const server = await registry(t, TARBALL);
    server.routes.set(AT, (_request, response) => void response.writeHead(status).end());
    const { sources } = open(t, { env: { npm_config_registry: server.url } });
    await assert.rejects(sources.fetchFile({ ...REQUEST, integrity: server.integrity }), {
      code: 'SOURCE',
      message: `x.csv from npm:tiny-data@1.0.0: ${server.url} ${message}`,
    });
    assert.equal(asked(server), 1);
  });
}

const idle = (url: string): string => `Idle timeout reached for host \`${new URL(url).host}\``;

test('npm: a registry that never answers, or stops sending, is given up after three tries', async (t) => {
  for (const [sent, said] of [
    [undefined, (url: string) => `network timeout at: ${url}${AT}`],
    [0, idle],
    [70_000, idle],
  ] as const) {
    const server = await registry(t, TARBALL);
    server.routes.set(AT, (_request, response) => {
      if (sent === undefined) return;
      response.writeHead(200, { 'content-length': TARBALL.length });
      if (sent === 0) response.flushHeaders();
      else response.write(TARBALL.subarray(0, sent));
    });
    const { sources, folder } = open(t, { timeoutMs: 300, env: { npm_config_registry: server.url } });
    await assert.rejects(sources.fetchFile({ ...REQUEST, integrity: server.integrity }), {
      code: 'OFFLINE',
      message: `x.csv from npm:tiny-data@1.0.0: No tarball from ${server.url} (${said(server.url)}) after 3 tries. ${HINT}`,
    });
    assert.equal(asked(server), 3);
    assert.deepEqual(readdirSync(path.join(folder, 'cache', 'npm')), []);
  }
});

test('npm: a tarball of another length than announced is refused, and nothing is kept', async (t) => {
  const server = await registry(t, TARBALL);
  server.routes.set(AT, (_request, response) => void response.writeHead(200).end(Buffer.concat([TARBALL, TARBALL])));
  const { sources, folder } = open(t, { env: { npm_config_registry: server.url } });
  await assert.rejects(sources.fetchFile({ ...REQUEST, integrity: server.integrity }), {
    code: 'CHECKSUM',
    message:
      'x.csv from npm:tiny-data@1.0.0: The tarball does not have the pinned integrity. A proxy alters it, or the registry entry expects another one. Nothing was kept.',
  });
  assert.deepEqual(readdirSync(path.join(folder, 'cache', 'npm')), []);
});

test('npm: the registry’s token does not follow a redirect to another host, and HF_TOKEN is nowhere', async (t) => {
  const server = await registry(t, TARBALL);
  const other = await serve(
    t,
    (_request, response) => void response.writeHead(200, { 'content-length': TARBALL.length }).end(TARBALL),
    'localhost',
  );
  server.routes.set(AT, (_request, response) => void response.writeHead(302, { location: `${other.url}/elsewhere.tgz` }).end());
  const folder = temporary(t);
  writeFileSync(path.join(folder, '.npmrc'), `registry=${server.url}/\n//${new URL(server.url).host}/:_authToken=npm_secret\n`);
  const { sources } = open(t, { env: { HF_TOKEN: 'hf_secret' } }, folder);
  assert.equal((await sources.fetchFile({ ...REQUEST, integrity: server.integrity })).bytes, CSV.length);
  assert.deepEqual(
    server.log.map(({ authorization }) => authorization),
    ['Bearer npm_secret', 'Bearer npm_secret'],
  );
  assert.deepEqual(
    other.log.map(({ line, authorization }) => [line, authorization]),
    [['GET /elsewhere.tgz', undefined]],
  );
});

test('npm: a tarball at another host gets no token at all', async (t) => {
  const other = await serve(
    t,
    (_request, response) => void response.writeHead(200, { 'content-length': TARBALL.length }).end(TARBALL),
    'localhost',
  );
  const server = await registry(t, TARBALL);
  server.routes.set('/tiny-data', (_request, response) => {
    const dist = { tarball: `${other.url}/x.tgz`, integrity: integrityOf(TARBALL) };
    response.writeHead(200, { 'content-type': 'application/json' }).end(
      JSON.stringify({
        name: 'tiny-data',
        'dist-tags': { latest: '1.0.0' },
        versions: { '1.0.0': { name: 'tiny-data', version: '1.0.0', dist } },
      }),
    );
  });
  const folder = temporary(t);
  writeFileSync(path.join(folder, '.npmrc'), `registry=${server.url}/\n//${new URL(server.url).host}/:_authToken=npm_secret\n`);
  const { sources } = open(t, { env: { HF_TOKEN: 'hf_secret' } }, folder);
  await sources.fetchFile(REQUEST);
  assert.deepEqual(
    other.log.map(({ line, authorization }) => [line, authorization]),
    [['GET /x.tgz', undefined]],
  );
});

test('npm: what killed runs left is swept up, what another run is writing stays', async (t) => {
  const server = await registry(t, TARBALL);
  const { sources, folder } = open(t, { env: { npm_config_registry: server.url } });
  const place = path.join(folder, 'cache', 'npm');
  mkdirSync(place, { recursive: true });
  for (const name of ['tiny-data-1.0.0.tgz.0123abcd.part', 'tiny-data-1.0.0.tgz.4567cdef.part', 'other-1.0.0.tgz.0123abcd.part']) {
    writeFileSync(path.join(place, name), 'half');
    if (name.includes('0123abcd')) utimesSync(path.join(place, name), 0, 0);
  }
  await sources.fetchFile({ ...REQUEST, integrity: server.integrity });
  assert.deepEqual(readdirSync(place).toSorted(), [
    'other-1.0.0.tgz.0123abcd.part',
    'tiny-data-1.0.0.tgz',
    'tiny-data-1.0.0.tgz.4567cdef.part',
  ]);
});

test('npm: runs at once that fetch the same tarball all end right', async (t) => {
  const server = await registry(t, TARBALL);
  const env = { npm_config_registry: server.url };
  const folder = temporary(t);
  const found = await Promise.all(
    [1, 2, 3].map(() => open(t, { env }, folder).sources.fetchFile({ ...REQUEST, integrity: server.integrity })),
  );
  for (const { path: place } of found) assert.equal(readFileSync(place, 'utf8'), CSV);
  assert.deepEqual(readdirSync(path.join(folder, 'cache', 'npm')), ['tiny-data-1.0.0.tgz']);
});
