import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { storeAsHalf } from '../../src/graph/half.ts';
import { toHalf } from '../../src/tensors/small-floats.ts';
import { TensorProto_DataType } from '../../src/graph/onnx_pb.ts';

const bits = (...values: number[]) => [...toHalf(Float32Array.from(values), 'w')];

test('float16: numbers by hand', () => {
  assert.deepEqual(bits(0, -0, 1, -2, 0.5, 65504, 2 ** -14, 2 ** -24), [0, 0x8000, 0x3c00, 0xc000, 0x3800, 0x7bff, 0x0400, 0x0001]);
});

test('float16: rounds to the nearest, ties to even, into the next exponent where it must', () => {
  assert.deepEqual(bits(1 + 2 ** -11, 1 + 3 * 2 ** -11, 1 + 2 ** -11 + 2 ** -20, 2 - 2 ** -12), [0x3c00, 0x3c02, 0x3c01, 0x4000]);
  assert.deepEqual(bits(2 ** -25, 1.5 * 2 ** -24, 2.5 * 2 ** -24, 2 ** -14 - 2 ** -26), [0, 2, 2, 0x0400]);
});

test('float16: what it cannot hold is refused by name', () => {
  for (const value of [70000, -70000, Infinity, NaN]) {
    assert.throws(() => toHalf(Float32Array.of(1, value), 'encoder.layer.0.output.dense.weight'), {
      code: 'FORMAT',
      message: `encoder.layer.0.output.dense.weight: It holds ${value}, which float16 cannot (up to 65504). Use another \`dtype\`.`,
    });
  }
});

test('float16: matrices that the graph itself holds change, its other constants do not', () => {
  const builder = new GraphBuilder();
  const held = (name: string, dims: readonly number[]) =>
    builder.tensor(name, { dataType: TensorProto_DataType.FLOAT, dims, raw: new Float32Array(4).fill(Math.log(3)) });
  const rows = builder.input('rows', TensorProto_DataType.FLOAT, ['n', 2]);
  const product = builder.op('Gemm', [rows, held('matrix', [2, 2])], { transB: 1 });
  builder.output(builder.op('Add', [builder.op('Add', [product, held('bias', [2, 2])]), builder.float(0.1)]), {
    name: 'out',
    type: TensorProto_DataType.FLOAT,
    dims: ['n', 2],
  });
  const {
    proto: { graph },
  } = storeAsHalf({ proto: builder.build(), folder: '/', files: [] });
  assert.deepEqual(
    graph!.initializer.map(({ name, dataType }) => [name, TensorProto_DataType[dataType]]),
    [
      ['matrix.float16', 'FLOAT16'],
      ['bias', 'FLOAT'],
      ['constant', 'FLOAT'],
    ],
  );
  assert.deepEqual(graph!.node.map(({ opType, input }) => [opType, ...input]).slice(0, 2), [
    ['Cast', 'matrix.float16'],
    ['Gemm', 'rows', 'matrix'],
  ]);
});
