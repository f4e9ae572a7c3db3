import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { findHiddenStates } from '../../src/graph/hidden-states.ts';
import { tinyModel, type TinyOptions } from '../tiny-encoder.ts';

function statesOf(options: TinyOptions): string[] {
  return findHiddenStates({ proto: tinyModel(options), folder: '', files: [] }, path.join('tiny', 'model.onnx'));
}

/** Every way of spelling the same encoder. */
const SPELLINGS: TinyOptions[] = (['fused', 'spelled'] as const).flatMap((norm) =>
  (['post', 'pre'] as const).flatMap((placement) =>
    (['plain', 'fused'] as const).flatMap((attention) =>
      [false, true].map((quantised) => ({ norm, placement, attention, quantised, layers: 3 })),
    ),
  ),
);

for (const spelling of SPELLINGS) {
  test(`hidden states: found with ${JSON.stringify(spelling)}`, () => {
    assert.deepEqual(statesOf(spelling), ['h0', 'h1', 'h2', 'last_hidden_state']);
  });
  test(`hidden states: the last one is found behind a head with ${JSON.stringify(spelling)}`, () => {
    assert.deepEqual(statesOf({ ...spelling, output: 'masked-lm' }), ['h0', 'h1', 'h2', 'h3']);
    assert.deepEqual(statesOf({ ...spelling, output: 'pooled' }), ['h0', 'h1', 'h2', 'h3']);
  });
}

test('hidden states: one layer is enough', () => {
  assert.deepEqual(statesOf({ layers: 1 }), ['h0', 'last_hidden_state']);
  assert.deepEqual(statesOf({ layers: 1, output: 'masked-lm' }), ['h0', 'h1']);
});

test('hidden states: a graph without attention is refused in one line', () => {
  assert.throws(() => statesOf({ layers: 0 }), {
    name: 'HarnessError',
    code: 'GRAPH',
    message: `${path.join('tiny', 'model.onnx')}: The graph shows no hidden states: no attention over the tokens was found. Export the encoder (BERT-like) as a plain ONNX graph with its last hidden state as output.`,
  });
});
