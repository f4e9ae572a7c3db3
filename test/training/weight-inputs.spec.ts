import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { toBinary } from '@bufbuild/protobuf';
import { InferenceSession, Tensor } from '../../src/graph/runtime.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { ModelProtoSchema, TensorProto_DataType } from '../../src/graph/onnx_pb.ts';
import type { OnnxModel } from '../../src/graph/read.ts';
import { weightsAsInputs } from '../../src/training/weight-inputs.ts';
import { temporaryFolder } from '../temporary.ts';

const { FLOAT, BFLOAT16 } = TensorProto_DataType;

/** y = x * wide + half + inline: a weight in float32, one in bfloat16 that is cast, and one in the graph. */
function model(): OnnxModel {
  const folder = temporaryFolder();
  const bytes = new DataView(new ArrayBuffer(12));
  for (const [i, value] of [2, 3].entries()) bytes.setFloat32(4 * i, value, true);
  for (const [i, upper] of [0x3f80, 0xc000].entries()) bytes.setUint16(8 + 2 * i, upper, true);
  writeFileSync(path.join(folder, 'weights'), bytes);
  const builder = new GraphBuilder();
  const x = builder.input('x', FLOAT, [2]);
  const wide = builder.external('wide', { dataType: FLOAT, dims: [2], location: 'weights', offset: 0, length: 8 });
  const half = builder.external('half', { dataType: BFLOAT16, dims: [2], location: 'weights', offset: 8, length: 4 });
  const inline = builder.tensor('inline', { dataType: FLOAT, dims: [1], raw: Float32Array.of(0.5) });
  const sum = builder.op('Add', [builder.op('Mul', [x, wide]), builder.op('Cast', [half], { to: FLOAT })]);
  builder.output(builder.op('Add', [sum, inline]), { name: 'y', type: FLOAT, dims: [2] });
  return { proto: builder.build(), folder, files: [] };
}

test('weights as inputs: initial values are float32 whatever the file has, and the graph computes with what it is fed', async () => {
  const { proto, weights } = weightsAsInputs(model(), ['wide', 'half', 'inline']);
  assert.deepEqual(
    weights.map(({ name, dims }) => [name, dims]),
    [
      ['wide', [2]],
      ['half', [2]],
      ['inline', [1]],
    ],
  );
  const initial = await Promise.all(weights.map((weight) => weight.initial()));
  assert.deepEqual(initial, [Float32Array.of(2, 3), Float32Array.of(1, -2), Float32Array.of(0.5)]);
  const session = await InferenceSession.create(toBinary(ModelProtoSchema, proto));
  assert.deepEqual(session.inputNames, ['x', 'wide', 'half', 'inline']);
  const y = async (factor: number) => {
    const feeds = Object.fromEntries(
      weights.map(({ name, dims }, i) => [
        name,
        new Tensor(
          'float32',
          initial[i]!.map((value) => value * factor),
          dims,
        ),
      ]),
    );
    return (await session.run({ x: new Tensor('float32', Float32Array.of(10, 20), [2]), ...feeds }))['y']!.data;
  };
  assert.deepEqual(await y(1), Float32Array.of(21.5, 58.5));
  assert.deepEqual(await y(10), Float32Array.of(215, 585));
  await session.release();
});

test('weights as inputs: a weight without a name of its own is called by the node that reads it, in a branch too', () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', FLOAT, [2]);
  const [one, other] = ['onnx::MatMul_1', 'onnx::MatMul_2.float32'].map((name) =>
    builder.tensor(name, { dataType: FLOAT, dims: [2], raw: new Float32Array(2) }),
  ) as [string, string];
  const y = builder.within('layer.0/query', () => builder.op('Mul', [x, one]));
  const [z] = builder.within('layer.0', () =>
    builder.branch('condition', { yes: () => [builder.op('Mul', [y, other])], no: () => [builder.op('Neg', [y])] }),
  );
  builder.output(z!, { name: 'z', type: FLOAT, dims: [2] });
  const { weights } = weightsAsInputs({ proto: builder.build(), folder: '.', files: [] }, [one, other]);
  assert.deepEqual(
    weights.map(({ label }) => label),
    ['layer.0/query/Mul', 'layer.0/then/Mul'],
  );
});

test('weights as inputs: the given model stays as it is, and weights that are not named remain', () => {
  const given = model();
  given.proto.opsetImport[0]!.version = 17n;
  const { proto } = weightsAsInputs(given, ['wide']);
  assert.deepEqual(
    given.proto.graph!.initializer.map(({ name }) => name),
    ['wide', 'half', 'inline'],
  );
  assert.deepEqual(
    proto.graph!.initializer.map(({ name }) => name),
    ['half', 'inline'],
  );
  assert.deepEqual(proto.opsetImport, given.proto.opsetImport);
});

test('weights as inputs: a name that is no weight is refused', () =>
  assert.throws(() => weightsAsInputs(model(), ['x']), {
    code: 'GRAPH',
    message: 'x: The graph has no floating-point weight of this name.',
  }));
