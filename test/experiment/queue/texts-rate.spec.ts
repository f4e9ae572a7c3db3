import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextsRate } from '../../../src/experiment/queue/texts-rate.ts';

test('texts of all workers: the sum of what each did between its last two words', () => {
  const rate = new TextsRate();
  assert.equal(rate.update([{ job: 'a', label: 'x', done: 100 }], 0), undefined);
  assert.equal(
    rate.update(
      [
        { job: 'a', label: 'x', done: 150 },
        { job: 'b', label: 'y', done: 10 },
      ],
      1000,
    ),
    50,
  );
  assert.equal(
    rate.update(
      [
        { job: 'a', label: 'x', done: 170 },
        { job: 'b', label: 'y', done: 40 },
      ],
      2000,
    ),
    50,
  );
  // One without new messages continues at its rate; the start time is kept.
  assert.equal(
    rate.update(
      [
        { job: 'a', label: 'x', done: 170 },
        { job: 'b', label: 'y', done: 40 },
      ],
      3000,
    ),
    50,
  );
  assert.equal(
    rate.update(
      [
        { job: 'a', label: 'x', done: 190 },
        { job: 'b', label: 'y', done: 40 },
      ],
      4000,
    ),
    40,
  );
  // Another stage or attempt: earlier messages do not count; a finished one is removed.
  assert.equal(rate.update([{ job: 'b', label: 'z', done: 41 }], 5000), undefined);
  assert.equal(rate.update([{ job: 'b', label: 'z', done: 3 }], 6000), undefined);
  assert.equal(rate.update([{ job: 'b', label: 'z', done: 5 }], 7000), 2);
  assert.equal(rate.update([], 8000), undefined);
});
