import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBinary } from '@bufbuild/protobuf';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { halfProducts } from '../../src/graph/half-products.ts';
import { ModelProtoSchema, TensorProto_DataType, type ModelProto } from '../../src/graph/onnx_pb.ts';
import { InferenceSession, Tensor } from '../../src/graph/runtime.ts';

/** x x, and the same again plus x. */
function products(): ModelProto {
  const builder = new GraphBuilder();
  const x = builder.input('x', TensorProto_DataType.FLOAT, [1, 1]);
  const square = builder.op('MatMul', [x, x]);
  const sum = builder.op('Gemm', [x, x, x]);
  builder.output(square, { name: 'square', type: TensorProto_DataType.FLOAT, dims: [1, 1] });
  builder.output(sum, { name: 'sum', type: TensorProto_DataType.FLOAT, dims: [1, 1] });
  return builder.build();
}

async function run(model: ModelProto, x: number): Promise<number[]> {
  const session = await InferenceSession.create(toBinary(ModelProtoSchema, model), { logSeverityLevel: 4 });
  const outputs = await session.run({ x: new Tensor('float32', Float32Array.of(x), [1, 1]) });
  return [outputs['square']!, outputs['sum']!].map(({ data }) => (data as Float32Array)[0]!);
}

test('half products: inputs and results are rounded to float16, on the CPU too if it is to emulate them', async () => {
  const model = products();
  halfProducts(model, { emulated: true });
  // Exactly: 1 + 2^-9 + 2^-20, and 2 + 2^-9 + 2^-10 + 2^-20, where float16 has steps of 2^-9.
  assert.deepEqual(await run(model, 1 + 2 ** -10), [1 + 2 ** -9, 2 + 2 ** -8]);
  assert.deepEqual(await run(model, 1 + 2 ** -12), [1, 2]);
  assert.deepEqual(await run(model, 70_000), [Infinity, Infinity]);
});

test('half products: only those that are selected, each input cast once', () => {
  const model = products();
  halfProducts(model, { isHalf: ({ opType }) => opType === 'Gemm' });
  assert.deepEqual(
    model.graph!.node.map(({ opType }) => opType),
    ['MatMul', 'Cast', 'Gemm', 'Cast', 'Identity', 'Identity'],
  );
});
