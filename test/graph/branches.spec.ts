import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tensor } from '../../src/graph/runtime.ts';
import { takeBranches } from '../../src/graph/branches.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { differentiate } from '../../src/graph/differentiate.ts';
import { TensorProto_DataType, type ModelProto } from '../../src/graph/onnx_pb.ts';
import { gradientsOf, heldConditions, run } from './run-gradients.ts';

/** x * 2 where x has more than 2 elements, else x + 1. */
function branching(): ModelProto {
  const builder = new GraphBuilder();
  const x = builder.input('x', TensorProto_DataType.FLOAT, ['n']);
  const many = builder.op('Greater', [builder.op('Size', [x]), builder.ints(2)]);
  const [y] = builder.branch(many, {
    yes: () => [builder.op('Mul', [x, builder.float(2)])],
    no: () => [builder.op('Add', [x, builder.float(1)])],
  });
  builder.output(y!, { name: 'y', type: TensorProto_DataType.FLOAT, dims: ['n'] });
  return builder.build();
}

for (const [values, expected, slope] of [
  [[1, 2, 3], [2, 4, 6], 2],
  [[1, 2], [2, 3], 1],
] as const) {
  test(`branches: of ${values.length} numbers the branch for them is taken, and differentiated`, async () => {
    const given = { folder: '.', feeds: { x: new Tensor('float32', Float32Array.from(values), [values.length]) } };
    const model = branching();
    const taken = takeBranches(model, await heldConditions(model, given));
    assert.ok(taken.graph!.node.every(({ opType }) => opType !== 'If'));
    assert.deepEqual([...((await run(taken, ['y'], given))['y']!.data as Float32Array)], expected);
    const gradients = await gradientsOf(model, {
      ...given,
      weights: ['x'],
      loss: (builder) => builder.op('ReduceSum', ['y'], { keepdims: 0 }),
    });
    assert.deepEqual(
      [...gradients.get('x')!],
      values.map(() => slope),
    );
  });
}

test('branches: an If that is left, and that a gradient would have to pass, is named', () => {
  const model = branching();
  const params = { builder: GraphBuilder.from(model), graph: model.graph!, loss: 'y', wrt: ['x'], shapes: new Map(), constants: new Map() };
  assert.throws(() => differentiate(params), {
    code: 'GRAPH',
    message:
      'node "If": No gradient rule for operator If. The encoder cannot be fine-tuned from this file; use a checkpoint (config.json and weights).',
  });
});

test("branches: an If that reads nothing but sizes stands in no gradient's way", async () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', TensorProto_DataType.FLOAT, ['n']);
  const size = builder.op('Size', [x]);
  const [factor] = builder.branch(builder.op('Greater', [size, builder.ints(2)]), {
    yes: () => [builder.op('Cast', [builder.op('Shape', [x])], { to: TensorProto_DataType.FLOAT })],
    no: () => [builder.float(1)],
  });
  const y = builder.op('Mul', [x, factor!]);
  const model = builder.build();
  const gradients = differentiate({
    builder: GraphBuilder.from(model),
    graph: model.graph!,
    loss: y,
    wrt: ['x'],
    shapes: new Map([
      [x, [3]],
      [factor!, [1]],
      [y, [3]],
    ]),
    constants: new Map(),
  });
  assert.deepEqual([...gradients.keys()], ['x']);
});
