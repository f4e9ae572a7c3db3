import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batches, CARD_TOKEN_BUDGET, TOKEN_BUDGET, tokenBudgetOf } from '../../src/embed/batches.ts';
import { bytesPerToken, tokensOnCard } from '../../src/embed/card-tokens.ts';

const GIB = 2 ** 30;
const SHAPES = {
  'MiniLM-L6': { layers: 6, width: 384, inner: 1536, heads: 12, weightBytes: 90_855_000 },
  'BERT-base': { layers: 12, width: 768, inner: 3072, heads: 12, weightBytes: 437_935_000 },
  'Mistral-7B': { layers: 32, width: 4096, inner: 14_336, heads: 32, weightBytes: 28_442_648_576 },
} as const;

/** For texts of 32, 512 and 8192 tokens, with this many GiB free. */
const tokens = (name: keyof typeof SHAPES, gib: number) =>
  [32, 512, 8192].map((length) => tokensOnCard({ shape: SHAPES[name], free: gib * GIB }, length));

test('tokens on a card: bytes of a token grow with widths, and with heads times length', () => {
  const pooled = 2 * 5 * 13 * 768;
  assert.equal(bytesPerToken(SHAPES['BERT-base'], 1), 4 * (8 * 768 + 4 * 3072 + 2 * 12 + pooled));
  assert.equal(bytesPerToken(SHAPES['BERT-base'], 512), 4 * (8 * 768 + 4 * 3072 + 2 * 12 * 512 + pooled / 512));
});

test('tokens on a card: published shapes on cards of several sizes, for short and long texts', () => {
  assert.deepEqual(tokens('MiniLM-L6', 2), [23_750, 11_925, 1249]);
  assert.deepEqual(tokens('MiniLM-L6', 8), [65_536, 43_690, 2730]);
  assert.deepEqual(tokens('BERT-base', 2), [9574, 6912, 1024]);
  assert.deepEqual(tokens('BERT-base', 8), [45_654, 32_961, 2730]);
  assert.deepEqual(tokens('BERT-base', 80), [65_536, 43_690, 2730], 'no tensor is larger than 1 GiB');
  assert.deepEqual(tokens('Mistral-7B', 8), [1024, 1024, 1024], 'the weights alone do not fit: the runtime says so');
});

test('tokens on a card: the budget depends on the length only where memory is known', () => {
  const shape = SHAPES['BERT-base'];
  assert.equal(tokenBudgetOf({ device: 'cpu', shape }), TOKEN_BUDGET);
  assert.equal(tokenBudgetOf({ device: 'webgpu', shape }), CARD_TOKEN_BUDGET);
  assert.equal(tokenBudgetOf({ device: 'webgpu' }), CARD_TOKEN_BUDGET);
  const lengths = [10, 10, 10, 10, 40, 40];
  assert.deepEqual(
    batches({ lengths, tokenBudget: (length) => (length > 20 ? 40 : 20) }).map(({ rows }) => rows),
    [[4], [5], [0, 1], [2, 3]],
  );
});
