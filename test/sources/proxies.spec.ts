import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { npmProxy } from '../../src/sources/npm/proxy.ts';
import { proxiesOf, proxyNote } from '../../src/sources/proxies.ts';
import type { ProxiedTask } from './proxied.ts';
import { serveProxy } from './proxy.ts';
import { COMMIT, open, send, serve, serveHub, sha256, temporary } from './server.ts';
import { crafted, registry } from './tarballs.ts';

const FILES = { 'onnx/model.onnx': 'onnx '.repeat(500), 'tokenizer.json': '{}' };
const MODEL = {
  key: 'tiny',
  aliases: [],
  variants: [{ dtype: 'fp32' as const, from: 'hf:org/tiny@main', onnx: 'onnx/model.onnx', files: {} }],
};
const CSV = 'text,label\nx,y\n';
const TARBALL = crafted([{ path: 'package/x.csv', text: CSV }]);
const PACKAGED = { name: 'x.csv', from: ['npm:tiny-data@1.0.0'], path: 'x.csv', sha256: sha256(CSV) };
const portOf = (url: string) => Number(new URL(url).port);

for (const name of ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY']) {
  test(`proxy: a hub of http is asked through ${name}, by its whole address, and the token goes with it`, async (t) => {
    const hub = await serveHub(t, { name: 'org/tiny', files: FILES });
    const proxy = await serveProxy(t, { hosts: { 'hub.test': portOf(hub.url) } });
    const { sources } = open(t, { env: { [name]: proxy.url, HF_ENDPOINT: 'http://hub.test', HF_TOKEN: 'hf_secret' } });
    assert.equal((await sources.fetchModel(MODEL)).files.get('onnx/model.onnx')!.sha256, sha256(FILES['onnx/model.onnx']));
    assert.deepEqual(
      proxy.log.map(({ line, authorization }) => [line.replace(/\?.*/, ''), authorization]),
      [
        ['GET http://hub.test/api/models/org/tiny/revision/main', 'Bearer hf_secret'],
        [`GET http://hub.test/api/models/org/tiny/tree/${COMMIT}`, 'Bearer hf_secret'],
        [`GET http://hub.test/org/tiny/resolve/${COMMIT}/onnx/model.onnx`, 'Bearer hf_secret'],
        [`GET http://hub.test/org/tiny/resolve/${COMMIT}/tokenizer.json`, 'Bearer hf_secret'],
      ],
    );
  });
}

test('proxy: a token goes to no other host through a proxy either', async (t) => {
  const hub = await serveHub(t, { name: 'org/tiny', files: FILES });
  const elsewhere = await serve(t, (request, response) => send(request, response, Buffer.from(FILES['onnx/model.onnx'])));
  hub.routes.set(
    `/org/tiny/resolve/${COMMIT}/onnx/model.onnx`,
    (_request, response) => void response.writeHead(302, { location: 'http://cdn.test/file' }).end(),
  );
  const proxy = await serveProxy(t, {
    hosts: { 'hub.test': portOf(hub.url), 'cdn.test': portOf(elsewhere.url) },
    credentials: 'me:pass word',
  });
  const { sources } = open(t, {
    env: { http_proxy: proxy.url.replace('//', '//me:pass%20word@'), HF_ENDPOINT: 'http://hub.test', HF_TOKEN: 'hf_secret' },
  });
  await sources.fetchModel(MODEL);
  assert.deepEqual(
    elsewhere.log.map(({ line, authorization }) => [line, authorization]),
    [['GET /file', undefined]],
  );
  assert.deepEqual([...new Set(proxy.log.map(({ credentials }) => credentials))], ['me:pass word']);
});

for (const [none, passed] of [
  ['127.0.0.1', true],
  ['*', true],
  ['other.test, 127.0.0.1', true],
  ['other.test 127.0.0.1', true],
  ['127.0.0.1:PORT', true],
  ['.0.0.1', true],
  ['*.0.0.1', true],
  ['127.0.0.1:9', false],
  ['27.0.0.1', false],
  ['localhost', false],
  ['', false],
] as const) {
  test(`proxy: NO_PROXY "${none}" ${passed ? 'spares' : 'does not spare'} a hub and a registry on 127.0.0.1`, async (t) => {
    for (const name of ['no_proxy', 'NO_PROXY']) {
      const hub = await serveHub(t, { name: 'org/tiny', files: FILES });
      const packages = await registry(t, TARBALL);
      const proxy = await serveProxy(t, { hosts: Object.fromEntries([hub, packages].map(({ url }) => [new URL(url).host, portOf(url)])) });
      for (const asked of [hub, packages]) {
        const { sources } = open(t, {
          env: {
            http_proxy: proxy.url,
            [name]: none.replace('PORT', String(portOf(asked.url))),
            HF_ENDPOINT: hub.url,
            npm_config_registry: packages.url,
          },
        });
        const before = proxy.log.length;
        if (asked === hub) await sources.fetchModel(MODEL);
        else await sources.fetchFile({ ...PACKAGED, integrity: packages.integrity });
        assert.equal(proxy.log.length === before, passed, asked === hub ? 'hub' : 'npm');
      }
    }
  });
}

for (const [name, env] of [
  ['the environment', (url: string) => ({ http_proxy: url })],
  ["npm's own setting", (url: string) => ({ npm_config_proxy: url })],
  ["npm's own setting, above the environment", (url: string) => ({ npm_config_https_proxy: url, http_proxy: 'http://127.0.0.1:9' })],
] as const) {
  test(`proxy: the npm registry is asked through the one of ${name}`, async (t) => {
    const packages = await registry(t, TARBALL);
    const proxy = await serveProxy(t, { hosts: { [new URL(packages.url).host]: portOf(packages.url) }, credentials: 'me:secret' });
    const { sources } = open(t, { env: { ...env(proxy.url.replace('//', '//me:secret@')), npm_config_registry: packages.url } });
    assert.equal(readFileSync((await sources.fetchFile({ ...PACKAGED, integrity: packages.integrity })).path, 'utf8'), CSV);
    assert.ok(
      proxy.log.length > 0 &&
        proxy.log.every(({ line, credentials }) => line.startsWith(`GET ${packages.url}/`) && credentials === 'me:secret'),
    );
  });
}

const all = (env: Record<string, string>) => Object.values(proxiesOf(env)).join(' | ');

test('proxy: the order of names, and which proxy https takes', () => {
  const cases: [Record<string, string>, string][] = [
    [{}, ' |  | '],
    [{ http_proxy: 'http://a:1' }, 'http://a:1 | http://a:1 | '],
    [{ http_proxy: 'http://a:1', https_proxy: 'http://b:2' }, 'http://a:1 | http://b:2 | '],
    [{ https_proxy: 'http://b:2' }, ' | http://b:2 | '],
    [{ http_proxy: 'http://a:1', HTTP_PROXY: 'http://c:3' }, 'http://a:1 | http://a:1 | '],
    [{ http_proxy: '', HTTP_PROXY: 'http://c:3' }, ' |  | '],
    [{ ALL_PROXY: 'http://d:4', https_proxy: 'http://b:2' }, 'http://d:4 | http://b:2 | '],
    [{ HTTPS_PROXY: 'b:2' }, ' | http://b:2 | '],
    [{ HTTPS_PROXY: 'https://b' }, ' | https://b | '],
    [{ NO_PROXY: ' A.test , *.b.test .c.test:80  ::1 [::2]:3' }, ' |  | a.test,b.test,c.test:80,[::1],[::2]:3'],
  ];
  for (const [env, said] of cases) assert.equal(all(env), said);
});

test('proxy: npm takes that of the kind of its registry, and nothing of the environment behind our back', () => {
  const env = { http_proxy: 'http://a:1', https_proxy: 'http://b:2', no_proxy: 'x.test:443,y.test:80,*' };
  assert.deepEqual(npmProxy({}, { ...env, no_proxy: 'x.test:443,y.test:80' }), { proxy: 'http://b:2', noProxy: ['x.test'] });
  assert.deepEqual(npmProxy({ registry: 'http://npm.test/' }, env), { proxy: 'http://a:1', noProxy: ['y.test', 'test'] });
  assert.deepEqual(npmProxy({ registry: 'http://npm.test/' }, { https_proxy: 'http://b:2' }), { noProxy: ['test'] });
  assert.deepEqual(npmProxy({ httpsProxy: 'null', proxy: false }, {}), { noProxy: ['org'] });
  assert.deepEqual(npmProxy({ proxy: 'p:5', noProxy: 'z.test' }, env), { proxy: 'http://p:5', noProxy: ['z.test'] });
});

const HINT = 'Write http://host:port or http://user:password@host:port, or unset it.';

for (const [value, what] of [
  ['socks5://me:secret@127.0.0.1:1080', 'Unsupported proxy type socks5; use http or https.'],
  ['http://me:secret@', 'This is not a proxy address.'],
  ['http://me:secret@host:port', 'This is not a proxy address.'],
  ['me:secret@a b', 'This is not a proxy address.'],
  ['http://me:50%secret@host:1', 'Its name or password has an invalid % escape: write % as %25.'],
  ['http://secret@host:1', 'It has a name without a password.'],
] as const) {
  test(`proxy: ${value.replace('secret', '…')} is one line that does not quote it, and nothing is asked`, async (t) => {
    const hub = await serveHub(t, { name: 'org/tiny', files: FILES });
    const packages = await registry(t, TARBALL);
    const { sources } = open(t, { env: { HTTP_PROXY: value, HF_ENDPOINT: hub.url, npm_config_registry: packages.url } });
    await assert.rejects(sources.fetchModel(MODEL), { code: 'OPTION', message: `tiny from HTTP_PROXY: ${what} ${HINT}` });
    await assert.rejects(sources.fetchFile(PACKAGED), { code: 'OPTION', message: `x.csv from HTTP_PROXY: ${what} ${HINT}` });
    const npm = open(t, { env: { npm_config_proxy: value, npm_config_registry: packages.url } });
    await assert.rejects(npm.sources.fetchFile(PACKAGED), { code: 'OPTION', message: `x.csv from npm's proxy: ${what} ${HINT}` });
    assert.deepEqual([...hub.log, ...packages.log], []);
  });
}

test('proxy: one that is not there, or refuses, is named without its password', async (t) => {
  const hub = await serveHub(t, { name: 'org/tiny', files: FILES });
  const packages = await registry(t, TARBALL);
  const proxy = await serveProxy(t, { hosts: {}, credentials: 'me:right' });
  const failure = async (url: string, endpoint: string, request: 'hub' | 'npm'): Promise<string> => {
    const { sources } = open(t, { env: { http_proxy: url, HF_ENDPOINT: endpoint, npm_config_registry: endpoint } });
    return (request === 'hub' ? sources.fetchModel(MODEL) : sources.fetchFile(PACKAGED)).then(
      () => '',
      (error: Error) => error.message,
    );
  };
  const wrong = proxy.url.replace('//', '//me:secret@');
  const at = `127.0.0.1:${proxy.port}`;
  assert.equal(
    await failure('http://me:secret@127.0.0.1:1', hub.url, 'hub'),
    `tiny: No answer from ${hub.url} (connect ECONNREFUSED 127.0.0.1:1) after 3 tries. Check the network and the proxy 127.0.0.1:1, or give ` +
      '`mirror` DIR with the files.',
  );
  assert.equal(
    await failure(wrong, hub.url, 'hub'),
    `tiny: No answer from ${hub.url} (the proxy rejects the user name or password, 407) after 3 tries. Check the network and the proxy ${at}, ` +
      'or give `mirror` DIR with the files.',
  );
  assert.equal(
    await failure(wrong, 'https://hub.test', 'hub'),
    'tiny: No answer from https://hub.test (the proxy rejects the user name or password, 407) after 3 tries. Check the network and the proxy ' +
      `${at}, or give \`mirror\` DIR with the files.`,
  );
  assert.equal(
    await failure(proxy.url.replace('//', '//me:right@'), 'https://hub.test', 'hub'),
    `tiny: No answer from https://hub.test (the proxy answered 502) after 3 tries. Check the network and the proxy ${at}, or give \`mirror\` ` +
      'DIR with the files.',
  );
  for (const url of ['http://me:secret@127.0.0.1:1', wrong]) {
    assert.match(
      await failure(url, packages.url, 'npm'),
      /^x\.csv from npm:tiny-data@1\.0\.0: No tarball from http:\/\/127\.0\.0\.1:\d+ \((?!.*secret).*\) after 3 tries\./,
    );
  }
  assert.deepEqual([...hub.log, ...packages.log], []);
});

/** A self-signed key and certificate; undefined if no program can make them. */
function certificate(t: TestContext): { key: string; cert: string } | undefined {
  const folder = temporary(t);
  const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  const names = 'subjectAltName=DNS:hub.test,DNS:files.test,DNS:npm.test';
  const { status } = spawnSync('openssl', [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=test',
    '-addext',
    names,
    '-keyout',
    key,
    '-out',
    cert,
  ]);
  return status === 0 ? { key, cert } : undefined;
}

test('proxy: https goes through a tunnel to hub, registry and web, in a process that trusts them, and ends with its work', async (t) => {
  const files = certificate(t);
  if (files === undefined) return t.skip('needs openssl, which is not there');
  const hub = await serveHub(t, { name: 'org/tiny', files: FILES });
  const packages = await registry(t, TARBALL);
  packages.routes.set('/tiny-data', (_request, response) => {
    const dist = { tarball: 'https://npm.test/tiny-data/-/x-1.0.0.tgz', integrity: packages.integrity };
    response.writeHead(200, { 'content-type': 'application/json' }).end(
      JSON.stringify({
        name: 'tiny-data',
        'dist-tags': { latest: '1.0.0' },
        versions: { '1.0.0': { name: 'tiny-data', version: '1.0.0', dist } },
      }),
    );
  });
  const seen: (string | undefined)[] = [];
  // One server with the certificate serves all three.
  const secure = createServer({ key: readFileSync(files.key), cert: readFileSync(files.cert) }, (request, response) => {
    seen.push(`${request.headers.host} ${request.headers['proxy-authorization']}`);
    if (request.headers.host === 'files.test') return void response.end(CSV);
    const to = request.headers.host === 'hub.test' ? hub : packages;
    void fetch(`${to.url}${request.url}`, { headers: { authorization: request.headers.authorization ?? '' } })
      .then(async (answer) => {
        response
          .writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
          .end(Buffer.from(await answer.arrayBuffer()));
      })
      .catch((error: unknown) => response.destroy(error as Error));
  });
  await once(secure.listen(0, '127.0.0.1'), 'listening');
  t.after(() => void secure.close());
  const { port } = secure.address() as AddressInfo;
  const proxy = await serveProxy(t, {
    hosts: { 'hub.test:443': port, 'files.test:443': port, 'npm.test:443': port },
    credentials: 'me:secret',
  });
  const folder = temporary(t);
  const task: ProxiedTask = {
    cacheDir: path.join(folder, 'cache'),
    model: MODEL,
    files: [PACKAGED, { name: 'y.csv', from: ['https://files.test/y.csv'], sha256: sha256(CSV) }],
    env: {
      HOME: folder,
      HF_HOME: path.join(folder, 'hf'),
      HF_ENDPOINT: 'https://hub.test',
      HF_TOKEN: 'hf_secret',
      npm_config_registry: 'https://npm.test/',
      npm_config_userconfig: path.join(folder, 'none'),
      npm_config_globalconfig: path.join(folder, 'none'),
      HTTPS_PROXY: proxy.url.replace('//', '//me:secret@'),
    },
  };
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'proxied.js'), JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_EXTRA_CA_CERTS: files.cert },
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => void (said += chunk));
  await once(child, 'close');
  const { hashes, restMs } = JSON.parse(said) as { hashes: string[]; restMs: number };
  assert.deepEqual(hashes, [sha256(FILES['onnx/model.onnx']), sha256(CSV), sha256(CSV)]);
  assert.deepEqual(
    [...new Set(proxy.log.map(({ line, credentials, authorization }) => [line, credentials, authorization].join(' ')))].toSorted(),
    ['CONNECT files.test:443 me:secret ', 'CONNECT hub.test:443 me:secret ', 'CONNECT npm.test:443 me:secret '],
  );
  // The proxy's password is only sent to the proxy, the hub's token only to the hub.
  assert.ok(seen.every((line) => line!.endsWith(' undefined')));
  assert.ok(hub.log.every(({ authorization }) => authorization === 'Bearer hf_secret'));
  assert.ok(packages.log.every(({ authorization }) => !authorization?.includes('hf_secret')));
  assert.ok(restMs < 3000, `the process stayed ${restMs} ms`);
});

test('proxy: a complaint names the proxy that was asked, and none that was passed by', () => {
  const env = { http_proxy: 'http://me:secret@plain.test:1', https_proxy: 'http://safe.test:2', no_proxy: 'hub.test,other.test:443,[::1]' };
  for (const [asked, said] of [
    ['http://x.test', 'plain.test:1'],
    ['https://x.test', 'safe.test:2'],
    ['https://hub.test', ''],
    ['https://cdn.hub.test', ''],
    ['https://myhub.test', 'safe.test:2'],
    ['https://other.test', ''],
    ['https://other.test:8443', 'safe.test:2'],
    ['http://other.test', 'plain.test:1'],
  ] as const)
    assert.equal(proxyNote(proxiesOf(env), asked), said, asked);
  assert.equal(proxyNote(proxiesOf({ ...env, no_proxy: '*' }), 'https://x.test'), '');
  assert.equal(proxyNote(proxiesOf({}), 'https://x.test'), '');
});
