import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { openThroughputMeter } from '../../src/report/throughput-meter.ts';
import { barLine } from '../../src/report/progress-bars.ts';
import { openProgress } from '../../src/report/progress.ts';
import { amount, formatDuration, perSecond } from '../../src/report/quantities.ts';
import { screenOf } from './screen.ts';

interface FakeStream {
  readonly stream: NodeJS.WriteStream;
  readonly text: () => string;
}

function fakeStream(tty: boolean): FakeStream {
  const chunks: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk.toString());
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY: tty, columns: 80 }) as unknown as NodeJS.WriteStream, text: () => chunks.join('') };
}

/** A clock that stands still until the spec advances it. */
function fakeClock(): { now: () => number; pass: (seconds: number) => void } {
  let time = 1000;
  return { now: () => time, pass: (seconds) => (time += seconds * 1000) };
}

test('lines: after two seconds, then every ten, and at the end', () => {
  const { stream, text } = fakeStream(false);
  const clock = fakeClock();
  const task = openProgress({ stream, now: clock.now }).task('embedding trec6', 6000, 'texts');
  for (let second = 1; second <= 30; second++) {
    clock.pass(1);
    task.update(second * 200);
  }
  task.end();
  assert.deepEqual(text().split('\n'), [
    'embedding trec6: 400 of 6,000 texts (6%), 200 texts/s, 28 s left',
    'embedding trec6: 2,400 of 6,000 texts (40%), 200 texts/s, 18 s left',
    'embedding trec6: 4,400 of 6,000 texts (73%), 200 texts/s, 8.0 s left',
    'embedding trec6: 6,000 texts in 30 s, 200 texts/s',
    '',
  ]);
});

test('lines: a short task leaves none', () => {
  const { stream, text } = fakeStream(false);
  const clock = fakeClock();
  const task = openProgress({ stream, now: clock.now }).task('knn', 100, 'queries');
  clock.pass(1.9);
  task.update(100);
  task.end();
  assert.equal(text(), '');
});

test('lines: bytes as MB, a total that comes later, a note, an end without counts', () => {
  const { stream, text } = fakeStream(false);
  const clock = fakeClock();
  const progress = openProgress({ stream, now: clock.now });
  const task = progress.task('downloading \u001B[31mmodel\n.onnx', undefined, 'bytes');
  clock.pass(2);
  task.update(5e6);
  clock.pass(10);
  task.setTotal(100e6);
  task.update(30e6, 'from the mirror');
  clock.pass(8);
  task.end('checked');
  const load = progress.task('loading bert', undefined, 'files');
  clock.pass(3.25);
  load.end();
  progress.log('A warning.');
  assert.deepEqual(text().split('\n'), [
    'downloading model .onnx: 5.0 MB, 2.5 MB/s',
    'downloading model .onnx: 30.0 of 100.0 MB (30%), 2.5 MB/s, 28 s left, from the mirror',
    'downloading model .onnx: 30.0 MB in 20 s, 1.5 MB/s, checked',
    'loading bert: 3.3 s',
    'A warning.',
    '',
  ]);
});

test('lines: concurrent tasks keep their own numbers; what comes after the end is ignored', () => {
  const { stream, text } = fakeStream(false);
  const clock = fakeClock();
  const progress = openProgress({ stream, now: clock.now });
  const [a, b] = [progress.task('a', 100, 'texts'), progress.task('b', 10, 'texts')];
  clock.pass(5);
  b.update(5);
  a.update(10);
  clock.pass(5);
  b.end();
  b.update(9);
  b.end();
  a.update(20);
  clock.pass(5);
  a.update(500);
  a.end();
  assert.deepEqual(text().split('\n'), [
    'b: 5 of 10 texts (50%), 1.0 texts/s, 5.0 s left',
    'a: 10 of 100 texts (10%), 2.0 texts/s, 45 s left',
    'b: 5 texts in 10 s, 0.5 texts/s',
    'a: 500 texts in 15 s, 33 texts/s',
    '',
  ]);
});

test('progress: quiet is silent', () => {
  for (const tty of [true, false]) {
    const { stream, text } = fakeStream(tty);
    const clock = fakeClock();
    const progress = openProgress({ stream, quiet: true, now: clock.now });
    const task = progress.task('embedding', 10, 'texts');
    clock.pass(100);
    task.update(5);
    task.end();
    progress.log('x');
    progress.close();
    assert.equal(text(), '');
  }
});

test('bars: what took long leaves one line, the rest nothing, and the bars are gone', async () => {
  const { stream, text } = fakeStream(true);
  const clock = fakeClock();
  const progress = openProgress({ stream, now: clock.now });
  const [slow, fast] = [progress.task('embedding trec6', 6000, 'texts'), progress.task('knn', 10, 'queries')];
  clock.pass(1.5);
  slow.update(1500);
  fast.update(2);
  await new Promise((resolve) => setTimeout(resolve, 250)); // two redraws of the library
  assert.deepEqual(screenOf(text()), [
    '██░░░░░░░░ embedding trec6: 25% of 6,000, 1,000 texts/s, 4.5 s left',
    '██░░░░░░░░ knn: 20% of 10, 1.3 queries/s, 6.0 s left',
  ]);
  fast.end();
  progress.log('A warning.');
  clock.pass(4.5);
  slow.update(6000);
  slow.end();
  assert.deepEqual(screenOf(text()), ['A warning.', 'embedding trec6: 6,000 texts in 6.0 s, 1,000 texts/s', '']);

  const again = progress.task('embedding atis', 10, 'texts');
  clock.pass(3);
  again.update(1);
  progress.close();
  assert.deepEqual(screenOf(text()), ['A warning.', 'embedding trec6: 6,000 texts in 6.0 s, 1,000 texts/s', '']);
});

test('bars: the line that a task leaves is wrapped between words', () => {
  const { stream, text } = fakeStream(true);
  const clock = fakeClock();
  const progress = openProgress({ stream: Object.assign(stream, { columns: 40 }), now: clock.now });
  const task = progress.task('tickets: bge-small-en-v1.5 classic', 600, 'texts');
  clock.pass(3);
  task.update(600);
  task.end('dev 81.82');
  assert.deepEqual(screenOf(text()), ['tickets: bge-small-en-v1.5 classic: 600', '  texts in 3.0 s, 200 texts/s, dev 81.82', '']);
});

test('bars: on a narrow terminal the note goes, then the label is cut, not the numbers', () => {
  const meter = openThroughputMeter(0);
  meter.update(1500, 1500);
  const task = { label: 'embedding a-long-name', unit: 'texts' as const, meter, total: 6000, note: '' };
  assert.equal(barLine({ task, now: 1500, columns: 80 }), '██░░░░░░░░ embedding a-long-name: 25% of 6,000, 1,000 texts/s, 4.5 s left');
  assert.equal(barLine({ task, now: 1500, columns: 60 }), '██░░░░░░░░ emb…ame: 25% of 6,000, 1,000 texts/s, 4.5 s left');
  assert.equal(
    barLine({
      task: { ...task, label: 'tickets: paraphrase-MiniLM-L3-v2 classic', note: 'epoch 1/2, loss 1.948, dev 42.86' },
      now: 1500,
      columns: 80,
    }),
    '██░░░░░░░░ tickets: para…L3-v2 classic: 25% of 6,000, 1,000 texts/s, 4.5 s left',
  );
  assert.equal(barLine({ task, now: 1500, columns: 30 }).length, 29);
  const download = { ...task, label: 'downloading', unit: 'bytes' as const, total: undefined };
  assert.equal(barLine({ task: download, now: 1500, columns: 80 }), 'downloading: 0.0 MB, 0.0 MB/s');
});

test('meter: the time left follows the speed of the last while, not that of the start', () => {
  const meter = openThroughputMeter(0);
  for (let second = 1; second <= 100; second++) meter.update(second <= 50 ? second * 100 : 5000 + (second - 50) * 10, second * 1000);
  assert.equal(Math.round(meter.rate(100_000)!), 10);
  assert.equal(Math.round(meter.left(6000, 100_000)!), 50);
  assert.equal(meter.overallRate(100_000), 55);
});

test('meter: a download that begins again has no negative speed; nothing done has none', () => {
  const meter = openThroughputMeter(0);
  assert.equal(meter.rate(1000), undefined);
  assert.equal(meter.left(10, 1000), undefined);
  meter.update(1000, 1000);
  meter.update(0, 2000);
  assert.equal(meter.rate(3000), undefined);
  meter.update(100, 4000);
  assert.equal(meter.rate(4000), 50);
});

test('quantities: counts, speeds and times for people', () => {
  assert.equal(amount(1234567, 'texts'), '1,234,567 texts');
  assert.equal(amount(91_049_999, 'bytes'), '91.0 MB');
  assert.equal(perSecond(9.96, 'tokens'), '10.0 tokens/s');
  assert.equal(perSecond(12345.6, 'tokens'), '12,346 tokens/s');
  assert.deepEqual([0.04, 9.94, 9.96, 59.4, 59.6, 200, 3599.7, 7500].map(formatDuration), [
    '0.0 s',
    '9.9 s',
    '10 s',
    '59 s',
    '1 min 00 s',
    '3 min 20 s',
    '1 h 00 min',
    '2 h 05 min',
  ]);
});
