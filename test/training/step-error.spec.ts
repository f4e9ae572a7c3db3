import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stepError } from '../../src/training/step-error.ts';

test('step error: where memory ran out, it says what would fit', () => {
  assert.equal(
    stepError(new Error('std::bad_alloc'), { name: 'bert', texts: 32, tokens: 512, counted: 16_384 }).message,
    'bert: Not enough memory for a training step over 32 texts of up to 512 tokens. Half of it may fit: give `chunkTokens` 8192, which splits the batch into chunks with the same result, or `batchSize` 16.',
  );
  assert.equal(
    stepError(new Error('Failed to allocate memory for requested buffer of size 9'), { name: 'bert', texts: 1, tokens: 512, counted: 512 })
      .message,
    'bert: Not enough memory for a training step over 1 text of up to 512 tokens. Give a smaller `maxLength`: half of it, 256, may fit.',
  );
});

test('step error: what would fit is half of what --chunk-tokens counts, which without padding is less than texts times the longest', () => {
  assert.match(
    stepError(new Error('std::bad_alloc'), { name: 'bert', texts: 32, tokens: 512, counted: 1008 }).message,
    /give `chunkTokens` 504, which .* or `batchSize` 16\.$/,
  );
});

test('step error: any other reason is said as it is', () => {
  assert.equal(
    stepError(new Error('Invalid dimension'), { name: 'bert', texts: 1, tokens: 5, counted: 5 }).message,
    'bert: A training step failed: Invalid dimension.',
  );
});
