import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { fetchingTasks } from '../../bench/terminal/fetching.ts';
import { openProgress } from '../../src/report/progress.ts';

function lines(tty: boolean): { stream: NodeJS.WriteStream; text: () => string } {
  const chunks: string[] = [];
  const stream = new Writable({ write: (chunk: Buffer, _encoding, done) => (chunks.push(String(chunk)), done()) });
  return { stream: Object.assign(stream, { isTTY: tty, columns: 80 }) as unknown as NodeJS.WriteStream, text: () => chunks.join('') };
}

test('fetching: a download of unknown length has its line, and none after its end', () => {
  const { stream, text } = lines(false);
  let now = 0;
  const show = fetchingTasks(openProgress({ stream, now: () => now }));
  show({ name: 'npm:a@1', done: 0, total: undefined, ended: false });
  now = 500;
  show({ name: 'npm:a@1', done: 2e6, total: undefined, ended: true });
  now = 60_000;
  assert.equal(text(), 'Fetching npm:a@1: 2.0 MB in 0.5 s, 4.0 MB/s\n');
  show({ name: 'npm:a@1', done: 1, total: 5e6, ended: false });
  now = 63_000;
  show({ name: 'npm:a@1', done: 3e6, total: 5e6, ended: false });
  assert.equal(text().split('\n')[1], 'Fetching npm:a@1: 3.0 of 5.0 MB (60%), 1.0 MB/s, 2.0 s left');
});

test('fetching: on a terminal the bar of a download goes with its end, whole or not', async () => {
  const { stream, text } = lines(true);
  let now = 0;
  const show = fetchingTasks(openProgress({ stream, now: () => now }));
  show({ name: 'npm:a@1', done: 1e6, total: undefined, ended: false });
  now = 1000;
  show({ name: 'npm:a@1', done: 1e6, total: 2e6, ended: true });
  const drawn = text().length;
  await new Promise((resolve) => setTimeout(resolve, 250)); // two redraws
  assert.equal(text().length, drawn);
});
