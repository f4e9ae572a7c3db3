import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { takeLock, withLock } from '../../src/files/lock.ts';
import { temporaryFolder } from '../temporary.ts';

const folder = temporaryFolder();
const busy = () => new Error('busy');

test('lock: one has it, the others do not, until it lets go', async () => {
  const file = path.join(folder, 'a');
  const release = await takeLock(file);
  assert.equal(readFileSync(file, 'utf8'), `${process.pid} ${hostname()}`);
  assert.equal(await takeLock(file), undefined);
  await release!();
  assert.ok(!existsSync(file));
});

test('lock: what a dead process left is taken over, by one alone; a living one and another machine are respected', async () => {
  const file = path.join(folder, 'b');
  writeFileSync(file, `999999999 ${hostname()}`);
  const taken = await Promise.all(Array.from({ length: 8 }, () => takeLock(file)));
  assert.equal(taken.filter((release) => release !== undefined).length, 1);
  assert.deepEqual(readdirSync(folder).filter((name) => name.startsWith('b.')), []);
  writeFileSync(file, `${process.ppid} ${hostname()}`);
  assert.equal(await takeLock(file), undefined);
  writeFileSync(file, '999999999 another-machine');
  assert.equal(await takeLock(file), undefined);
});

test('lock: work waits for its turn, and gives up when patience ends', async () => {
  const file = path.join(folder, 'c');
  let running = 0;
  let done = 0;
  await Promise.all(Array.from({ length: 100 }, (_, i) => withLock(file, async () => {
    assert.equal(++running, 1);
    // Now and then nothing at all, so that one lets go just as others look.
    if (i % 3 === 0) await new Promise((resolve) => void setTimeout(resolve, 1));
    running--;
    done++;
  }, { busy })));
  assert.equal(done, 100);
  writeFileSync(file, '1 another-machine');
  await assert.rejects(withLock(file, async () => {}, { busy, patienceMs: 20 }), { message: 'busy' });
});
