import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { claimPartialDownload } from '../../src/sources/partial-download.ts';
import { startChild, type ChildTask } from './child.ts';
import { COMMIT, send, serve, serveHub, sha256, temporary, type Handler } from './server.ts';

const BODY = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 31) % 251));
const HALF = 1_500_000;
const TEXT = BODY.toString('latin1').replaceAll(/[^ -~]/g, '.');

/** Sends half at first and then stalls; everything for later requests. */
function stalling(body: Buffer): Handler {
  return (request, response, hits) => {
    if (hits > 1) return send(request, response, body);
    response.writeHead(200, { 'content-length': body.length });
    response.write(body.subarray(0, HALF));
  };
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 20) {
    assert.ok(waited < 20_000, 'it never came to that');
    await sleep(20);
  }
}

const sizeOf = (file: string): number => (existsSync(file) ? statSync(file).size : 0);

test('part: a process that is killed amid a download of the web leaves what came, and the next asks for the rest alone', async (t) => {
  const server = await serve(t);
  server.routes.set('/data.bin', stalling(BODY));
  const cacheDir = temporary(t);
  const task: ChildTask = {
    request: { name: 'data.bin', from: ['https://files.test/data.bin'], sha256: sha256(BODY), bytes: BODY.length },
    cacheDir,
    server: server.url,
    env: { HOME: cacheDir },
  };
  const folder = path.join(cacheDir, 'https', sha256(BODY));
  const killed = startChild(task);
  await until(() => sizeOf(path.join(folder, 'data.bin.part')) === HALF);
  killed.kill();
  assert.equal(await killed.ended, undefined);
  assert.deepEqual(readdirSync(folder).toSorted(), ['data.bin.part', 'data.bin.part.lock']);
  const again = await startChild(task).ended;
  assert.deepEqual(readFileSync(again!.path!), BODY);
  assert.deepEqual(
    server.log.map(({ range }) => range),
    [undefined, `bytes=${HALF}-`],
  );
  assert.deepEqual(readdirSync(folder), ['data.bin']);
});

test('part: a process that is killed amid a download of the hub leaves what came, and the next asks for the rest alone', async (t) => {
  const server = await serveHub(t, { name: 'org/tiny', files: { 'data.csv': TEXT }, large: ['data.csv'] });
  const at = `/org/tiny/resolve/${COMMIT}/data.csv`;
  server.routes.set(at, stalling(Buffer.from(TEXT)));
  const folder = temporary(t);
  const env = { HOME: folder, HF_HOME: folder, HF_ENDPOINT: server.url };
  const task: ChildTask = {
    request: { name: 'data.csv', from: ['hf:org/tiny'], path: 'data.csv' },
    cacheDir: path.join(folder, 'cache'),
    server: server.url,
    env,
  };
  const blobs = path.join(folder, 'hub', 'models--org--tiny', 'blobs');
  const killed = startChild(task);
  await until(() => sizeOf(path.join(blobs, `${sha256(TEXT)}.part`)) === HALF);
  killed.kill();
  await killed.ended;
  const again = await startChild(task).ended;
  assert.equal(readFileSync(again!.path!, 'utf8'), TEXT);
  assert.deepEqual(
    server.log.filter(({ line }) => line === `GET ${at}`).map(({ range }) => range),
    [undefined, `bytes=${HALF}-`],
  );
  assert.deepEqual(readdirSync(blobs), [sha256(TEXT)]);
});

test('part: processes that fetch the same file at once all succeed, and leave no other file', async (t) => {
  // The second half comes when all are downloading.
  const waiting: (() => void)[] = [];
  const server = await serve(t, (_request, response) => {
    response.writeHead(200, { 'content-length': BODY.length });
    response.write(BODY.subarray(0, HALF));
    waiting.push(() => response.end(BODY.subarray(HALF)));
    if (waiting.length === 2) for (const go of waiting) go();
  });
  const cacheDir = temporary(t);
  const task: ChildTask = {
    request: { name: 'data.bin', from: ['https://files.test/data.bin'], sha256: sha256(BODY), bytes: BODY.length },
    cacheDir,
    server: server.url,
    env: { HOME: cacheDir },
  };
  const ends = await Promise.all([startChild(task).ended, startChild(task).ended]);
  for (const end of ends) assert.deepEqual(readFileSync(end!.path!), BODY);
  assert.equal(server.log.length, 2);
  assert.deepEqual(readdirSync(path.join(cacheDir, 'https', sha256(BODY))), ['data.bin']);
});

test('part: of many that find the lock of a dead process, one resumes its partial file', async (t) => {
  const to = path.join(temporary(t), 'data.bin');
  const lock = `${to}.part.lock`;
  for (let round = 0; round < 20; round++) {
    writeFileSync(lock, '999999999');
    utimesSync(lock, 0, 0);
    const claims = await Promise.all(Array.from({ length: 8 }, () => claimPartialDownload(to)));
    assert.equal(claims.filter(({ partial }) => partial === `${to}.part`).length, 1);
    assert.equal(new Set(claims.map(({ partial }) => partial)).size, 8);
    await Promise.all(claims.map(({ release }) => release()));
    assert.deepEqual(readdirSync(path.dirname(to)), []);
  }
});

test('part: partial files of killed runs are removed, files being written are not', async (t) => {
  const folder = temporary(t);
  const to = path.join(folder, 'data.bin');
  mkdirSync(folder, { recursive: true });
  for (const name of ['data.bin.00000000.part', 'data.bin.11111111.part', 'data.bin.part', 'other.00000000.part']) {
    writeFileSync(path.join(folder, name), 'x');
    if (!name.includes('11111111')) utimesSync(path.join(folder, name), 0, 0);
  }
  await (await claimPartialDownload(to)).release();
  assert.deepEqual(readdirSync(folder).toSorted(), ['data.bin.11111111.part', 'data.bin.part', 'other.00000000.part']);
});
