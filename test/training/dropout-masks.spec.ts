import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DropoutSite } from '../../src/encoders/families/training-graph.ts';
import { DropoutMasks, maskBytes } from '../../src/training/dropout-masks.ts';

function site(input: string, dims: DropoutSite['dims']): DropoutSite {
  return { input, rate: 0.5, dims };
}
const AT = { step: 1, chunk: 0 };
const masks = () => new DropoutMasks({ seed: 1, name: 'bert' });

test('dropout masks: each site has its own, the same again, and others in another part of the batch', () => {
  const sites = [site('a', ({ rows }) => [rows, 8]), site('b', ({ batch, tokens }) => [batch, 2, tokens, tokens])];
  const sizes = { batch: 2, tokens: 5, rows: 7 };
  assert.equal(maskBytes(sites, sizes), 256 + 448);
  const own = masks();
  const first = Object.entries(own.feeds(sites, sizes, AT)).map(([name, { dims, data }]) => [name, dims, [...(data as Float32Array)]]);
  assert.deepEqual(
    first.map(([name, dims]) => [name, dims]),
    [
      ['a', [7, 8]],
      ['b', [2, 2, 5, 5]],
    ],
  );
  const larger = own.feeds(sites, { batch: 9, tokens: 6, rows: 50 }, AT);
  assert.deepEqual([...(larger['a']!.data as Float32Array)].slice(0, 56), first[0]![2]);
  const again = own.feeds(sites, sizes, AT);
  assert.deepEqual(
    Object.entries(again).map(([name, { dims, data }]) => [name, dims, [...(data as Float32Array)]]),
    first,
  );
  assert.notDeepEqual([...(own.feeds(sites, sizes, { ...AT, chunk: 1 })['a']!.data as Float32Array)], first[0]![2]);
});

test('dropout masks: no sites have none', () => assert.deepEqual(masks().feeds([], { batch: 1, tokens: 1, rows: 1 }, AT), {}));

test('dropout masks: a site that no memory holds is said with what would fit', () => {
  const attention = [site('a', ({ batch, tokens }) => [batch, 12, tokens, tokens])];
  assert.throws(() => masks().feeds(attention, { batch: 8, tokens: 4096, rows: 9000 }, AT), {
    code: 'TRAINING',
    message:
      'bert: Not enough memory for a training step over 8 texts of up to 4096 tokens. Half of it may fit: give `chunkTokens` 4500, which splits the batch into chunks with the same result, or `batchSize` 4.',
  });
  assert.throws(() => masks().feeds(attention, { batch: 1, tokens: 16_384, rows: 16_384 }, AT), {
    code: 'TRAINING',
    message:
      'bert: Not enough memory for a training step over 1 text of up to 16384 tokens. Give a smaller `maxLength`: half of it, 8192, may fit.',
  });
});

test('dropout masks: where the machine has no room, the same is said', (t) => {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: { Memory: () => void } };
  t.mock.method(WebAssembly, 'Memory', function Memory() {
    throw new RangeError('WebAssembly.Memory(): could not allocate memory');
  });
  assert.throws(() => masks().feeds([site('a', ({ rows }) => [rows, 8])], { batch: 2, tokens: 5, rows: 7 }, AT), {
    code: 'TRAINING',
    message:
      'bert: Not enough memory for a training step over 2 texts of up to 5 tokens. Half of it may fit: give `chunkTokens` 4, which splits the batch into chunks with the same result, or `batchSize` 1.',
  });
});
