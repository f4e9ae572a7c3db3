import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frozenWeights } from '../../src/training/frozen.ts';

/** As two exporters name them: by the checkpoint's names, or by the nodes that read them. */
const WEIGHTS = [
  ['embeddings.word_embeddings.weight'],
  ['encoder.layer.0.attention.self.query.bias'],
  ['onnx::MatMul_123', '/encoder/layer.0/attention/self/query/MatMul'],
  ['layers.1.mlp.Wi.weight'],
  ['encoder.layer.10.output.dense.weight'],
  ['onnx::MatMul_200', '/encoder/layer.10/output/dense/MatMul'],
  ['final_norm.weight'],
].map(([name, label = name]) => ({ name: name!, label: label! }));

test('freeze: embeddings and layers, by what weights are called', () => {
  assert.deepEqual([...frozenWeights(WEIGHTS, [])], []);
  assert.deepEqual(
    [...frozenWeights(WEIGHTS, ['embeddings', 0])],
    ['embeddings.word_embeddings.weight', 'encoder.layer.0.attention.self.query.bias', 'onnx::MatMul_123'],
  );
  assert.deepEqual(
    [...frozenWeights(WEIGHTS, [1, 10])],
    ['layers.1.mlp.Wi.weight', 'encoder.layer.10.output.dense.weight', 'onnx::MatMul_200'],
  );
});

test('freeze: a part that no weight belongs to is refused', () => {
  assert.throws(() => frozenWeights(WEIGHTS, [0, 40]), {
    code: 'OPTION',
    message: '`freeze`: By name, no weight of the encoder is one of layer 40. It has layers 0 to 10.',
  });
  assert.throws(() => frozenWeights(WEIGHTS.slice(1), ['embeddings']), {
    code: 'OPTION',
    message: '`freeze`: By name, no weight of the encoder is among its embeddings. It has layers 0 to 10.',
  });
  assert.throws(() => frozenWeights([{ name: 'onnx::MatMul_1', label: 'onnx::MatMul_1' }], [0]), {
    code: 'OPTION',
    message:
      '`freeze`: By name, no weight of the encoder is one of layer 0. Its file has no layer names; use a checkpoint (config.json and weights).',
  });
});

test("freeze: T5's table of tokens is its embeddings", () => {
  const weights = [
    'shared.weight',
    'encoder.block.0.layer.0.SelfAttention.q.weight',
    'encoder.block.1.layer.1.layer_norm.weight',
    'encoder.final_layer_norm.weight',
  ];
  const frozen = (part: string | number) => [
    ...frozenWeights(
      weights.map((name) => ({ name, label: name })),
      [part],
    ),
  ];
  assert.deepEqual([frozen('embeddings'), frozen(0), frozen(1)], [[weights[0]], [weights[1]], [weights[2]]]);
});

test('freeze: a norm behind the tables belongs to the embeddings, whatever it is called', () => {
  const weights = ['embeddings.word_embeddings.weight', 'emb_ln.weight', 'emb_ln.bias', 'encoder.layers.0.norm1.weight'].map((name) => ({
    name,
    label: name,
  }));
  assert.deepEqual([...frozenWeights(weights, ['embeddings'])], ['embeddings.word_embeddings.weight', 'emb_ln.weight', 'emb_ln.bias']);
});

test('freeze: a layer that shares its weights with others is refused, its embeddings are not', () => {
  const weights = [
    'embeddings.LayerNorm.bias',
    'encoder.embedding_hidden_mapping_in.weight',
    'encoder.albert_layer_groups.0.albert_layers.0.ffn.weight',
  ].map((name) => ({ name, label: name }));
  assert.deepEqual(
    [...frozenWeights(weights, ['embeddings'])],
    ['embeddings.LayerNorm.bias', 'encoder.embedding_hidden_mapping_in.weight'],
  );
  assert.throws(() => frozenWeights(weights, ['embeddings', 0]), {
    code: 'OPTION',
    message:
      '`freeze`: Its layers share weights in groups (encoder.albert_layer_groups.…): none can be frozen separately. Freeze only its embeddings, or nothing.',
  });
});
