import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { holderOf, takeLock, withLock } from '../../src/files/lock.ts';
import { identity, processStatus } from '../../src/files/process-status.ts';
import { temporaryFolder } from '../temporary.ts';

const folder = temporaryFolder();
const busy = () => new Error('busy');

test('lock: one has it, the others do not, until it lets go', async () => {
  const file = path.join(folder, 'a');
  const release = await takeLock(file);
  assert.equal(readFileSync(file, 'utf8'), `${process.pid} ${hostname()}\n${identity()}`);
  assert.equal(await holderOf(file), `process ${process.pid} on ${hostname()}`);
  assert.equal(await takeLock(file), undefined);
  await release!();
  assert.ok(!existsSync(file));
});

test('lock: what a dead process left is taken over, by one alone; a living one and another machine are respected', async () => {
  const file = path.join(folder, 'b');
  writeFileSync(file, `999999999 ${hostname()}`);
  const taken = await Promise.all(Array.from({ length: 8 }, () => takeLock(file)));
  assert.equal(taken.filter((release) => release !== undefined).length, 1);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('b.')),
    [],
  );
  writeFileSync(file, `${process.ppid} ${hostname()}`);
  assert.equal(await takeLock(file), undefined);
  writeFileSync(file, '999999999 another-machine');
  assert.equal(await takeLock(file), undefined);
});

test('lock: what a process left that was killed while it took over or wrote a lock is taken over, too', async () => {
  const file = path.join(folder, 'e');
  writeFileSync(file, `999999999 ${hostname()}`);
  writeFileSync(`${file}.guard`, `999999998 ${hostname()}`);
  const taken = await Promise.all(Array.from({ length: 8 }, () => takeLock(file)));
  assert.equal(taken.filter((release) => release !== undefined).length, 1);
  assert.ok(!existsSync(`${file}.guard`));
  await taken.find((release) => release !== undefined)!();
  // Killed after the lock was removed, but not its own guard.
  writeFileSync(`${file}.guard`, `999999998 ${hostname()}`);
  assert.notEqual(await takeLock(file), undefined);
  assert.ok(!existsSync(`${file}.guard`));
  // In the moment before the owner is written it is unknown, until the file is old.
  for (const name of ['f', 'g']) {
    const [lock, left] = [path.join(folder, name), path.join(folder, name === 'f' ? 'f' : 'g.guard')];
    writeFileSync(lock, `999999999 ${hostname()}`);
    writeFileSync(left, '');
    const old = new Date(Date.now() - 9_900);
    utimesSync(left, old, old);
    assert.notEqual(await takeLock(lock), undefined, name);
    assert.ok(!existsSync(`${lock}.guard`), name);
  }
});

test('lock: work waits for its turn, and gives up when patience ends', async () => {
  const file = path.join(folder, 'c');
  let running = 0;
  let done = 0;
  await Promise.all(
    Array.from({ length: 100 }, (_, i) =>
      withLock(
        file,
        async () => {
          assert.equal(++running, 1);
          // Sometimes no delay, so that one releases the lock just as others look.
          if (i % 3 === 0) await new Promise((resolve) => void setTimeout(resolve, 1));
          running--;
          done++;
        },
        { busy },
      ),
    ),
  );
  assert.equal(done, 100);
  writeFileSync(file, '1 another-machine');
  await assert.rejects(
    withLock(file, async () => {}, { busy, patienceMs: 20 }),
    { message: 'busy' },
  );
});

const skip = identity() === '' && 'only Linux says more of a process than its number';

test('lock: a killed process that nobody has waited for holds nothing', { skip }, async (t) => {
  const file = path.join(folder, 'd');
  // The shell becomes a sleep, which waits for none of its children: the first one stays a zombie.
  const parent = spawn('sh', ['-c', 'sleep 0.05 & echo $!; exec sleep 30'], { stdio: ['ignore', 'pipe', 'ignore'] });
  t.after(() => parent.kill());
  const [said] = (await once(parent.stdout!, 'data')) as [Buffer];
  const zombie = Number(String(said));
  const deadline = Date.now() + 10_000;
  while (!/\) Z /.test(readFileSync(`/proc/${zombie}/stat`, 'utf8'))) {
    assert.ok(Date.now() < deadline);
    await sleep(10);
  }
  process.kill(zombie, 0); // it still has its number
  writeFileSync(file, `${zombie} ${hostname()}`);
  assert.notEqual(await takeLock(file), undefined);
});

const [boot, ticks, namespace] = identity().split(' ');

for (const { name, pid = process.pid, was, status } of [
  { name: 'of this run', was: identity(), status: 'alive' },
  { name: 'of which the number alone is known', was: '', status: 'alive' },
  { name: 'whose number another one has now', was: `${boot} ${Number(ticks) - 1} ${namespace}`, status: 'gone' },
  { name: 'from before the machine was started', was: `00000000-0000-0000-0000-000000000000 ${ticks} ${namespace}`, status: 'gone' },
  { name: 'of another container of the same name', was: `${boot} ${ticks} pid:[1]`, status: 'elsewhere' },
  { name: 'whose number nobody has', pid: 999999999, was: identity(), status: 'gone' },
]) {
  test(`lock: a process ${name} is ${status}`, { skip }, () => assert.equal(processStatus(pid, was), status));
}
