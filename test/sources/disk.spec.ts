import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { randomBytes } from 'node:crypto';
import { startChild, type ChildTask } from './child.ts';
import { COMMIT, send, serve, serveHub, sha256, temporary } from './server.ts';
import { crafted, registry } from './tarballs.ts';

const BODY = randomBytes(400_000);
const TEXT = BODY.toString('hex');
/** Blocks of 1024 bytes: the smallest file above does not fit. */
const LIMIT = 100;
const HINT = 'Free disk space, or give a writable folder: `cache` DIR, for hub files HF_HOME.';
const full = (file: string) => `${file}: This cannot be read or written (EFBIG: file too large, write). ${HINT}`;

test('disk: no room for a file of the web is one line about the disk, and it resumes where it stopped', async (t) => {
  const server = await serve(t, (request, response) => send(request, response, BODY));
  const cacheDir = temporary(t);
  const task: ChildTask = {
    request: { name: 'data.bin', from: ['https://files.test/data.bin', 'https://files.test/again/data.bin'], sha256: sha256(BODY) },
    cacheDir,
    server: server.url,
    env: { HOME: cacheDir },
  };
  const part = path.join(cacheDir, 'https', sha256(BODY), 'data.bin.part');
  assert.deepEqual(await startChild(task, { limit: LIMIT }).ended, { code: 'SOURCE', message: full(part) });
  // Neither a second try nor a second source frees space.
  assert.equal(server.log.length, 1);
  const there = statSync(part).size;
  assert.equal(there, LIMIT * 1024);
  assert.deepEqual(readFileSync((await startChild(task).ended)!.path!), BODY);
  assert.equal(server.log.at(-1)!.range, `bytes=${there}-`);
});

test('disk: no room for a file of the hub is one line about the disk', async (t) => {
  const server = await serveHub(t, { name: 'org/tiny', files: { 'data.csv': TEXT, 'small.csv': 'x' }, large: ['data.csv'] });
  const folder = temporary(t);
  const task: ChildTask = {
    request: { name: 'data.csv', from: ['hf:org/tiny'], path: 'data.csv' },
    cacheDir: path.join(folder, 'cache'),
    server: server.url,
    env: { HOME: folder, HF_HOME: folder, HF_ENDPOINT: server.url },
  };
  // The listing is complete then: its writer takes the limit's signal for the end, which a full disk does not send.
  await startChild({ ...task, request: { ...task.request, path: 'small.csv' } }).ended;
  assert.deepEqual(await startChild(task, { limit: LIMIT }).ended, {
    code: 'SOURCE',
    message: full(path.join(folder, 'hub', 'models--org--tiny', 'blobs', `${sha256(TEXT)}.part`)),
  });
  assert.equal(server.log.filter(({ line }) => line === `GET /org/tiny/resolve/${COMMIT}/data.csv`).length, 1);
});

test('disk: no room for a tarball, or for what is taken out of it, is one line about the disk, and nothing is left', async (t) => {
  const large = await registry(t, crafted([{ path: 'package/data.csv', text: TEXT }]));
  const small = await registry(t, crafted([{ path: 'package/data.csv', text: 'x'.repeat(400_000) }]));
  for (const [server, place] of [
    [large, /npm\/tiny-data-1\.0\.0\.tgz\.\w{8}\.part: /],
    [small, /npm-files\/tiny-data@1\.0\.0\/data\.csv: /],
  ] as const) {
    const folder = temporary(t);
    const task: ChildTask = {
      request: { name: 'data.csv', from: ['npm:tiny-data@1.0.0'], path: 'data.csv' },
      cacheDir: folder,
      server: server.url,
      env: { HOME: folder, npm_config_registry: server.url },
    };
    const end = await startChild(task, { limit: LIMIT }).ended;
    assert.equal(end!.code, 'SOURCE');
    assert.match(end!.message!, place);
    assert.ok(
      end!.message!.startsWith(folder) &&
        end!.message!.endsWith(`: This cannot be read or written (EFBIG: file too large, write). ${HINT}`),
      end!.message,
    );
    assert.equal(server.log.filter(({ line }) => line.endsWith('.tgz')).length, 1);
    assert.deepEqual(
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.part')),
      [],
    );
    assert.equal(readFileSync((await startChild(task).ended)!.path!).length, server === large ? TEXT.length : 400_000);
  }
});

/** Root may write anywhere: so the process runs as another user. */
const uid = process.getuid?.() === 0 ? { uid: 65_534 } : {};

test('disk: a cache folder that is read-only gives what it has, and one line where something is to be written', async (t) => {
  const server = await serve(t, (request, response) => send(request, response, BODY));
  const npm = await registry(t, crafted([{ path: 'package/data.csv', text: TEXT }]));
  const folder = temporary(t);
  const cacheDir = path.join(folder, 'cache');
  const env = { HOME: folder, HF_HOME: path.join(cacheDir, 'hf'), npm_config_registry: npm.url };
  const task: ChildTask = {
    request: { name: 'data.bin', from: ['https://files.test/data.bin'], sha256: sha256(BODY) },
    cacheDir,
    server: server.url,
    env,
  };
  mkdirSync(cacheDir);
  const there = await startChild(task).ended;
  const writable = (yes: boolean) => {
    for (const name of ['', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })]) {
      const place = path.join(folder, name);
      chmodSync(place, (statSync(place).isDirectory() ? 0o555 : 0o444) | (yes ? 0o200 : 0));
    }
  };
  writable(false);
  try {
    assert.deepEqual(await startChild(task, uid).ended, there);
    const asked = server.log.length;
    const refused = (place: string) => ({
      code: 'SOURCE',
      message: `${place}: This cannot be read or written (EACCES: permission denied, mkdir '${place}'). ${HINT}`,
    });
    assert.deepEqual(
      await startChild({ ...task, request: { ...task.request, sha256: sha256('other') } }, uid).ended,
      refused(path.join(cacheDir, 'https', sha256('other'))),
    );
    assert.deepEqual(
      await startChild({ ...task, request: { name: 'data.csv', from: ['npm:tiny-data@1.0.0'], path: 'data.csv' } }, uid).ended,
      refused(path.join(cacheDir, 'npm')),
    );
    // Nothing is downloaded that cannot be stored.
    assert.deepEqual([server.log.length, npm.log.length], [asked, 0]);
  } finally {
    writable(true);
  }
});
