import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import { writeBertCheckpoint } from '../../perf/bert-checkpoint.ts';
import { GraphProtoSchema, ModelProtoSchema, NodeProtoSchema } from '../../src/graph/onnx_pb.ts';
import { floatTensor } from '../../src/graph/lowering/numbers.ts';
import { readSafetensors } from '../../src/tensors/read-safetensors.ts';
import { temporaryFolder } from '../temporary.ts';

const tensor = (name: string, ...dims: number[]) =>
  floatTensor(
    name,
    dims,
    Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => i),
  );
const product = (name: string, weight: string) =>
  create(NodeProtoSchema, { name, opType: 'MatMul', input: ['x', weight], output: [`${name} out`] });

function exported(initializer: ReturnType<typeof tensor>[]): string {
  const folder = temporaryFolder();
  const node = [
    product('/model/encoder/layer.0/attention/self/query/MatMul', 'onnx::MatMul_1'),
    product('/model/encoder/layer.0/intermediate/dense/MatMul', 'onnx::MatMul_2'),
    product('/model/encoder/layer.0/attention/self/MatMul', 'scores'),
  ];
  const graph = create(GraphProtoSchema, { node, initializer });
  writeFileSync(path.join(folder, 'model.onnx'), toBinary(ModelProtoSchema, create(ModelProtoSchema, { graph })));
  writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify({ normalizer: { lowercase: false } }));
  return folder;
}

const EMBEDDINGS = [
  tensor('model.embeddings.word_embeddings.weight', 7, 2),
  tensor('model.embeddings.position_embeddings.weight', 5, 2),
  tensor('model.embeddings.token_type_embeddings.weight', 2, 2),
];

test('an export of BERT is written as the checkpoint it was: names of parameters, products turned, sizes in config.json', () => {
  const from = exported([
    ...EMBEDDINGS,
    tensor('model.encoder.layer.0.output.dense.bias', 2),
    tensor('onnx::MatMul_1', 2, 2),
    tensor('onnx::MatMul_2', 2, 3),
  ]);
  const to = temporaryFolder();
  writeBertCheckpoint({ from, to, heads: 1 });
  const { tensors } = readSafetensors(readFileSync(path.join(to, 'model.safetensors')), 'model.safetensors');
  const found = Object.fromEntries([...tensors].map(([name, { shape, data }]) => [name, { shape, data: [...(data as Float32Array)] }]));
  assert.deepEqual(Object.keys(found).toSorted(), [
    'embeddings.position_embeddings.weight',
    'embeddings.token_type_embeddings.weight',
    'embeddings.word_embeddings.weight',
    'encoder.layer.0.attention.self.query.weight',
    'encoder.layer.0.intermediate.dense.weight',
    'encoder.layer.0.output.dense.bias',
  ]);
  assert.deepEqual(found['encoder.layer.0.intermediate.dense.weight'], { shape: [3, 2], data: [0, 3, 1, 4, 2, 5] });
  const config = JSON.parse(readFileSync(path.join(to, 'config.json'), 'utf8')) as Record<string, unknown>;
  const { vocab_size, hidden_size, num_hidden_layers, intermediate_size, max_position_embeddings } = config;
  assert.deepEqual([vocab_size, hidden_size, num_hidden_layers, intermediate_size, max_position_embeddings], [7, 2, 1, 3, 5]);
  const tokenizer = JSON.parse(readFileSync(path.join(to, 'tokenizer_config.json'), 'utf8')) as Record<string, unknown>;
  assert.equal(tokenizer['do_lower_case'], false);
});

test('a file of another layout is no checkpoint of BERT', () => {
  assert.throws(() => writeBertCheckpoint({ from: exported(EMBEDDINGS), to: temporaryFolder(), heads: 1 }), /intermediate\.dense/);
});
