import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whyFailed } from '../../../src/experiment/queue/names.ts';

test('queue: why a job failed is what its worker says; the library’s words for lost workers are replaced', () => {
  assert.equal(whyFailed('its process was ended by SIGKILL'), 'its process was ended by SIGKILL');
  assert.equal(whyFailed('job stalled more than allowable limit'), 'Workers that ran it were lost three times.');
  assert.equal(whyFailed(''), 'It failed.');
  assert.equal(whyFailed(undefined), 'It failed.');
});
