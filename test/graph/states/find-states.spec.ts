import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findStates, type FoundStates } from '../../../src/graph/hidden-states.ts';
import { throughPasses } from '../../../src/graph/states/flow.ts';
import { topologyOf } from '../../../src/graph/topology.ts';
import { encoderGraph, PLACEMENTS, RMS_SPELLINGS, type GraphOptions } from './encoder-graph.ts';

function statesOf(options: GraphOptions): FoundStates {
  return findStates({ proto: encoderGraph(options), folder: '', files: [] }, 'encoder');
}

/** Found states are `wanted`, by any of the names of equal tensors. */
function assertStates(options: GraphOptions, wanted: readonly string[]): void {
  const proto = encoderGraph(options);
  const topology = topologyOf(proto.graph!);
  const same = (names: readonly string[]) => names.map((name) => throughPasses(name, topology));
  const { states, unproven } = findStates({ proto, folder: '', files: [] }, 'encoder');
  assert.deepEqual([same(states), unproven], [same(wanted), []], JSON.stringify(options));
}

for (const spelling of Object.keys(RMS_SPELLINGS)) {
  for (const placement of PLACEMENTS) {
    test(`states: the residual stream, not the norms of it, with ${spelling}, ${placement}`, () => {
      for (const weight of ['plain', 'one-plus', 'none'] as const) {
        for (const queryNorm of [false, true]) {
          const options = { spelling, placement, weight, queryNorm };
          assertStates(options, ['h0', 'h1', 'h2', 'last_hidden_state']);
          assertStates({ ...options, output: 'unnamed' }, ['h0', 'h1', 'h2', 'h3']);
        }
      }
    });
    test(`states: the last one behind a head, with ${spelling}, ${placement}`, () => {
      for (const output of ['logits', 'mean'] as const) {
        for (const layers of [1, 3]) {
          const states = Array.from({ length: layers + 1 }, (_, i) => `h${i}`);
          assertStates({ spelling, placement, output, layers, queryNorm: true }, states);
        }
      }
    });
  }
}

test('states: an output that is the last state but for something more has to be shown the same by a run', () => {
  for (const last of ['Tanh', 'Neg'] as const) {
    assert.deepEqual(statesOf({ last: (b, x) => b.op(last, [x]) }).unproven, [{ found: 'h3', output: 'last_hidden_state' }], last);
  }
  assert.deepEqual(statesOf({ last: (b, x) => b.op('Mul', [x, b.float(2)]) }).unproven, [{ found: 'h3', output: 'last_hidden_state' }]);
});

test('states: hidden states that the graph gives by number are those found, or have to be shown so', () => {
  assert.deepEqual(statesOf({ numbered: { 0: 'h0', 1: 'h1', 2: 'h2', 3: 'h3' } }).unproven, []);
  assert.deepEqual(statesOf({ numbered: { 1: 'h2' } }).unproven, [{ found: 'h1', output: 'hidden_states.1' }]);
});

const REFUSED: readonly (readonly [string, GraphOptions, string])[] = [
  ['a layer without attention', { without: [2] }, 'its layers differ (residual sums from each state to the next: 4, 2)'],
  ['a first layer without attention', { without: [1] }, '2 residual sums come before its first attention'],
  ['a last layer without attention', { without: [3] }, 'its layers differ (residual sums from each state to the next: 2, 4)'],
  ['a block before the attention of each layer', { before: true }, '1 residual sums come before its first attention'],
  [
    "a last norm that is none of the graph's",
    { lastSpelling: 'LayerNormalization' },
    'its output last_hidden_state is not the output of its last layer',
  ],
  [
    'the same behind a head',
    { lastSpelling: 'LayerNormalization', output: 'logits' },
    'no final norm was found after its last layer, and no output is [batch, tokens, width] (it gives logits)',
  ],
  ['a number beyond the last layer', { numbered: { 4: 'h3' } }, 'it gives hidden_states.4, but 3 layers were found'],
];

for (const [what, options, why] of REFUSED) {
  test(`states: ${what} is refused`, () => {
    assert.throws(() => statesOf(options), {
      name: 'HarnessError',
      code: 'GRAPH',
      message: `encoder: The graph shows no hidden states: ${why}. Export the encoder (BERT-like) as a plain ONNX graph with its last hidden state as output.`,
    });
  });
}
