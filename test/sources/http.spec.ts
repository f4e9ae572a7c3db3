import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Http } from '../../src/sources/http.ts';
import { COMMIT, open, send, serve, serveHub, sha256 } from './server.ts';

const TEXT = 'onnx '.repeat(500);
const FILES = { 'onnx/model.onnx': TEXT, 'tokenizer.json': '{}' };
const MODEL = {
  key: 'tiny',
  aliases: [],
  variants: [{ dtype: 'fp32' as const, from: 'hf:org/tiny@main', onnx: 'onnx/model.onnx', files: {} }],
};
const quick = (options = {}) => new Http({ offline: false, timeoutMs: 2000, backoffMs: 5, ...options });
const HINT = 'Check the address, or give `mirror` DIR with the file.';

test('http: a token stays with its origin: another host name, another port, and what comes after get none', async (t) => {
  const last = await serve(t, (request, response) => send(request, response, Buffer.from('here')), 'localhost');
  const port = await serve(t, (_request, response) => void response.writeHead(302, { location: `${last.url}/last` }).end());
  const first = await serve(t);
  // As the hub redirects a renamed repository: to the same host.
  first.routes.set('/old', (_request, response) => void response.writeHead(307, { location: '/new' }).end());
  first.routes.set('/new', (_request, response) => void response.writeHead(302, { location: `${port.url}/port` }).end());
  const response = await quick().request(`${first.url}/old`, { token: 'hf_secret' });
  assert.deepEqual([await response.text(), response.url], ['here', `${last.url}/last`]);
  assert.deepEqual(
    first.log.map(({ authorization }) => authorization),
    ['Bearer hf_secret', 'Bearer hf_secret'],
  );
  assert.deepEqual(
    [...port.log, ...last.log].map(({ authorization }) => authorization),
    [undefined, undefined],
  );
});

test('http: the token of a hub goes with none of its library’s requests to another host, and the library has no fetch but ours', async (t) => {
  const elsewhere = await serve(
    t,
    (_request, response) =>
      void response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ _id: '1', id: 'org/tiny', sha: COMMIT, lastModified: '2024-01-01' })),
    'localhost',
  );
  const server = await serveHub(t, { name: 'org/tiny', files: FILES });
  server.routes.set(
    '/api/models/org/tiny/revision/main',
    (_request, response) => void response.writeHead(307, { location: `${elsewhere.url}/api` }).end(),
  );
  server.routes.set(
    `/org/tiny/resolve/${COMMIT}/onnx/model.onnx`,
    (_request, response) => void response.writeHead(302, { location: `${elsewhere.url}/file` }).end(),
  );
  elsewhere.routes.set('/file', (request, response) => send(request, response, Buffer.from(TEXT)));
  const own = globalThis.fetch;
  t.mock.method(globalThis, 'fetch', () => Promise.reject(new Error('the global fetch was used')));
  const { sources } = open(t, { fetch: own, env: { HF_ENDPOINT: server.url, HF_TOKEN: 'hf_secret' } });
  const { files } = await sources.fetchModel(MODEL);
  assert.equal(files.get('onnx/model.onnx')!.sha256, sha256(TEXT));
  assert.deepEqual(
    elsewhere.log.map(({ line, authorization }) => [line, authorization]),
    [
      ['GET /api', undefined],
      ['GET /file', undefined],
    ],
  );
  assert.ok(server.log.every(({ authorization }) => authorization === 'Bearer hf_secret'));
});

test('http: a token that cannot be sent is one line that does not quote it, and nothing is asked', async (t) => {
  const server = await serveHub(t, { name: 'org/tiny', files: FILES });
  for (const token of ['hf_sec\nret', 'hf_sec ret', 'hf_sécret']) {
    const { sources } = open(t, { env: { HF_ENDPOINT: server.url, HF_TOKEN: token } });
    await assert.rejects(sources.fetchModel(MODEL), {
      code: 'OPTION',
      message: 'tiny from HF_TOKEN: The token contains invalid characters. Set it again, or log in again if it comes from a file.',
    });
  }
  assert.deepEqual(server.log, []);
});

test('http: redirects without end, to no address, or to no web are refused', async (t) => {
  const server = await serve(t, (request, response) => void response.writeHead(302, { location: request.url! }).end());
  const leads = (location: string) => server.routes.set('/x', (_request, response) => void response.writeHead(302, { location }).end());
  await assert.rejects(quick().request(`${server.url}/loop`), {
    code: 'SOURCE',
    message: `${server.url}/loop: It redirects more than 20 times. ${HINT}`,
  });
  for (const location of ['http://[', 'file:///etc/passwd', 'data:text/plain,x']) {
    leads(location);
    await assert.rejects(quick().request(`${server.url}/x`), {
      code: 'SOURCE',
      message: `${server.url}/x: It redirects to "${location}", which is not a web address. ${HINT}`,
    });
  }
  assert.equal(server.log.filter(({ line }) => line === 'GET /x').length, 3);
});

test('http: where the host of a redirect gives no answer, it is that host that is named and not asked again', async (t) => {
  const server = await serve(t, (request, response) => send(request, response, Buffer.from('well')));
  const silent = await serve(t, () => undefined, 'localhost');
  server.routes.set('/x', (_request, response) => void response.writeHead(302, { location: `${silent.url}/y` }).end());
  const http = quick({ timeoutMs: 300 });
  const complaint = {
    code: 'OFFLINE',
    message: `No answer from ${silent.url} (no answer within 0.3 s) after 3 tries. Check the network, or give \`mirror\` DIR with the files.`,
  };
  await assert.rejects(http.request(`${server.url}/x`), complaint);
  await assert.rejects(http.request(`${server.url}/x`), complaint);
  assert.equal(silent.log.length, 3);
  assert.equal(await (await http.request(`${server.url}/z`)).text(), 'well');
});

test('http: Retry-After is waited for, in seconds or as a date; nobody waits an hour', async (t) => {
  const server = await serve(t);
  const start = performance.now();
  server.routes.set(
    '/date',
    (_request, response, hits) =>
      void response.writeHead(hits === 1 ? 503 : 200, { 'retry-after': new Date(Date.now() + 2000).toUTCString() }).end(),
  );
  assert.equal((await quick().request(`${server.url}/date`)).status, 200);
  assert.ok(performance.now() - start >= 900); // a date has no fractions of a second
  for (const status of [429, 503]) {
    server.routes.set('/hour', (_request, response) => void response.writeHead(status, { 'retry-after': '3600' }).end());
    await assert.rejects(quick().request(`${server.url}/hour`), {
      code: 'OFFLINE',
      message: `${server.url}/hour: ${server.url} answered ${status} and asks to retry in 3600 s. Run it again later, or give \`mirror\` DIR with the files.`,
    });
  }
  assert.equal(server.log.filter(({ line }) => line === 'GET /hour').length, 2);
});

for (const [status, message] of [
  [401, 'a token is required. Check the address, or give `mirror` DIR with the file.'],
  [403, 'access is denied. Check the address, or give `mirror` DIR with the file.'],
  [404, 'file not found. Check the address, or give `mirror` DIR with the file.'],
  [410, 'the file is gone. Check the address, or give `mirror` DIR with the file.'],
  [418, 'the server refuses. Check the address, or give `mirror` DIR with the file.'],
  [429, 'too many requests, 3 tries. Run it again later, or give `mirror` DIR with the file.'],
  [500, 'the server fails, 3 tries. Run it again later, or give `mirror` DIR with the file.'],
] as const) {
  test(`https: answer ${status} is one line`, async (t) => {
    const server = await serve(t, (_request, response) => void response.writeHead(status).end('no'));
    const { sources } = open(t, { fetch: (input, init) => fetch(String(input).replace('https://files.test', server.url), init) });
    await assert.rejects(sources.fetchFile({ name: 'x.csv', from: ['https://files.test/x.csv'], sha256: sha256('x') }), {
      code: 'SOURCE',
      message: `x.csv from https://files.test/x.csv: The answer was ${status}: ${message}`,
    });
    assert.equal(server.log.length, status === 429 || status === 500 ? 3 : 1);
  });
}

for (const [status, message] of [
  [
    429,
    (url: string) =>
      `tiny from ${url}/api/models/org/tiny/revision/main: The answer was 429: too many requests, 3 tries. Run it again later, or give \`mirror\` DIR with the file.`,
  ],
  [
    500,
    (url: string) =>
      `tiny from ${url}/api/models/org/tiny/revision/main: The answer was 500: the server fails, 3 tries. Run it again later, or give \`mirror\` DIR with the file.`,
  ],
] as const) {
  test(`hub: answer ${status} is tried again, and then one line`, async (t) => {
    const server = await serve(t, (_request, response) => void response.writeHead(status).end('no'));
    const { sources } = open(t, { env: { HF_ENDPOINT: server.url } });
    await assert.rejects(sources.fetchModel(MODEL), (error: Error) => {
      assert.equal(error.message.replace(/\?\S*:/, ':'), message(server.url));
      return true;
    });
    assert.equal(server.log.length, 3);
  });
}

test('hub: 500 and 429 are tried again, of questions and of files', async (t) => {
  const server = await serveHub(t, { name: 'org/tiny', files: FILES });
  const flaky = (at: string, text: string) =>
    server.routes.set(at, (request, response, hits) => {
      if (hits < 3) response.writeHead(hits === 1 ? 500 : 429).end();
      else send(request, response, Buffer.from(text));
    });
  flaky('/api/models/org/tiny/revision/main', JSON.stringify({ _id: '1', id: 'org/tiny', sha: COMMIT, lastModified: '2024-01-01' }));
  flaky(`/org/tiny/resolve/${COMMIT}/onnx/model.onnx`, TEXT);
  const { sources } = open(t, { env: { HF_ENDPOINT: server.url } });
  assert.equal((await sources.fetchModel(MODEL)).files.get('onnx/model.onnx')!.sha256, sha256(TEXT));
});

test('hub: a hub that never answers is given up after three tries', async (t) => {
  const server = await serve(t, () => undefined);
  const { sources } = open(t, { timeoutMs: 50, env: { HF_ENDPOINT: server.url } });
  await assert.rejects(sources.fetchModel(MODEL), {
    code: 'OFFLINE',
    message: `tiny: No answer from ${server.url} (no answer within 0.05 s) after 3 tries. Check the network, or give \`mirror\` DIR with the files.`,
  });
  assert.equal(server.log.length, 3);
});

test('hub: a listing without end is refused', async (t) => {
  const server = await serveHub(t, { name: 'org/tiny', files: FILES });
  server.routes.set(
    `/api/models/org/tiny/tree/${COMMIT}`,
    (_request, response) =>
      void response
        .writeHead(200, {
          'content-type': 'application/json',
          link: `<${server.url}/api/models/org/tiny/tree/${COMMIT}?cursor=x>; rel="next"`,
        })
        .end('[]'),
  );
  const { sources } = open(t, { env: { HF_ENDPOINT: server.url } });
  await assert.rejects(sources.fetchModel(MODEL), {
    code: 'SOURCE',
    message: `tiny from ${server.url}: Its listing has more than 100 pages. Check HF_ENDPOINT.`,
  });
});
