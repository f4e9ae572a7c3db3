import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphBuilder, type Value } from '../../src/graph/builder.ts';
import { TensorProto_DataType } from '../../src/graph/onnx_pb.ts';
import { trainableWeights, weightLabel } from '../../src/graph/trainable.ts';

const { BOOL, FLOAT, INT64 } = TensorProto_DataType;

function graphOf(
  make: (builder: GraphBuilder, weight: (name: string, ...dims: number[]) => Value, vectors: Value) => Value,
): ReturnType<GraphBuilder['build']>['graph'] & object {
  const builder = new GraphBuilder();
  const weight = (name: string, ...dims: number[]) =>
    builder.tensor(name, { dataType: FLOAT, dims, raw: new Float32Array(dims.reduce((product, dim) => product * dim, 1)) });
  const ids = builder.input('input_ids', INT64, ['batch', 'tokens']);
  const y = make(builder, weight, builder.op('Gather', [weight('table', 10, 4), ids]));
  builder.output(y, { name: 'y', type: FLOAT, dims: ['batch', 'tokens', 4] });
  return builder.build().graph!;
}

test('weights: tables, matrices and biases are; single numbers are not', () => {
  const graph = graphOf((g, weight, x) =>
    g.op('Mul', [g.op('Add', [g.op('MatMul', [x, weight('matrix', 4, 4)]), weight('bias', 4)]), g.float(2)]),
  );
  assert.deepEqual(trainableWeights(graph), ['table', 'matrix', 'bias']);
});

test('weights: what no output depends on smoothly is none', () => {
  const graph = graphOf((g, weight, x) =>
    g.op('Where', [
      g.op('Greater', [x, weight('threshold', 4)]),
      x,
      g.op('Cast', [g.op('Cast', [g.op('MatMul', [x, weight('steps', 4, 4)])], { to: INT64 })], { to: FLOAT }),
    ]),
  );
  assert.deepEqual(trainableWeights(graph), ['table']);
});

test('weights: rotations by position, their frequencies, and masks are none', () => {
  const graph = graphOf((g, weight, x) => {
    const angles = g.op('Mul', [weight('frequencies', 4), g.op('Cast', [g.op('Range', [g.ints(0), g.ints(3), g.ints(1)])], { to: FLOAT })]);
    const cosines = g.op('Gather', [weight('cosines', 20, 4), g.op('Range', [g.ints(0), g.ints(3), g.ints(1)])]);
    const rotated = g.op('Mul', [g.op('Mul', [x, g.op('Cos', [angles])]), cosines]);
    const masked = g.op('Add', [rotated, weight('causal', 1, 1, 4, 4)]);
    return g.op('Add', [masked, g.op('Where', [g.op('Cast', [g.op('Shape', [x])], { to: BOOL }), weight('seen', 2), g.float(0)])]);
  });
  assert.deepEqual(trainableWeights(graph), ['table']);
});

test('weights: positions that are looked up and added are', () => {
  const graph = graphOf((g, weight, x) =>
    g.op('Add', [x, g.op('Gather', [weight('positions', 20, 4), g.op('Range', [g.ints(0), g.ints(3), g.ints(1)])])]),
  );
  assert.deepEqual(trainableWeights(graph), ['table', 'positions']);
});

test('weights: one without a name of its own is called by the node that reads it', () => {
  const graph = graphOf((g, weight, x) => g.within('encoder/layer.0/query', () => g.op('MatMul', [x, weight('onnx::MatMul_123', 4, 4)])));
  assert.equal(weightLabel(graph, 'onnx::MatMul_123'), 'encoder/layer.0/query/MatMul');
  assert.equal(weightLabel(graph, 'table'), 'table');
});
