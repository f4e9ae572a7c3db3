import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tensor } from 'onnxruntime-node';
import { takeBranches } from '../../src/graph/branches.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { TensorProto_DataType, type ModelProto } from '../../src/graph/onnx_pb.ts';
import { probe } from '../../src/graph/probe.ts';
import { gradientsOf, run } from './run-gradients.ts';

/** x * 2 where x has more than 2 elements, else x + 1. */
function branching(): ModelProto {
  const builder = new GraphBuilder();
  const x = builder.input('x', TensorProto_DataType.FLOAT, ['n']);
  const many = builder.op('Greater', [builder.op('Size', [x]), builder.ints(2)]);
  const [y] = builder.branch(many, { yes: () => [builder.op('Mul', [x, builder.float(2)])], no: () => [builder.op('Add', [x, builder.float(1)])] });
  builder.output(y!, { name: 'y', type: TensorProto_DataType.FLOAT, dims: ['n'] });
  return builder.build();
}

for (const [values, expected, slope] of [[[1, 2, 3], [2, 4, 6], 2], [[1, 2], [2, 3], 1]] as const) {
  test(`branches: of ${values.length} numbers the branch for them is taken, and differentiated`, async () => {
    const given = { folder: '.', feeds: { x: new Tensor('float32', Float32Array.from(values), [values.length]) } };
    const model = branching();
    const { conditions } = await probe(model, given);
    const taken = takeBranches(model, conditions);
    assert.ok(taken.graph!.node.every(({ opType }) => opType !== 'If'));
    assert.deepEqual([...(await run(taken, ['y'], given))['y']!.data as Float32Array], expected);
    const gradients = await gradientsOf(model, { ...given, weights: ['x'], loss: (builder) => builder.op('ReduceSum', ['y'], { keepdims: 0 }) });
    assert.deepEqual([...gradients.get('x')!], values.map(() => slope));
  });
}
