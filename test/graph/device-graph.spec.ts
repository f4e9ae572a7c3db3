import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONTRIB, GraphBuilder } from '../../src/graph/builder.ts';
import { fitToDevice, providersOf } from '../../src/graph/device-graph.ts';
import { TensorProto_DataType } from '../../src/graph/onnx_pb.ts';

/** x + x·2 + x·3, and the sine of it. */
function sums(): ReturnType<GraphBuilder['build']> {
  const builder = new GraphBuilder();
  const x = builder.input('x', 1, [2]);
  const sum = builder.op('Sum', [x, builder.op('Mul', [x, builder.float(2)]), builder.op('Mul', [x, builder.float(3)])]);
  builder.output(builder.op('Sin', [builder.op('Sum', [sum])]), { name: 'y', type: 1, dims: [2] });
  return builder.build();
}

const operators = (model: ReturnType<GraphBuilder['build']>): string[] => model.graph!.node.map(({ opType }) => opType);

test('device graph: a sum is a chain of Add for webgpu alone; sines are run on the CPU', () => {
  for (const device of ['cpu', 'cuda'] as const) {
    const model = sums();
    fitToDevice(model, device);
    assert.deepEqual(operators(model), operators(sums()));
    assert.deepEqual(providersOf(device, model), [device]);
  }
  const model = sums();
  fitToDevice(model, 'webgpu');
  assert.deepEqual(operators(model), ['Mul', 'Mul', 'Add', 'Add', 'Sum', 'Sin', 'Identity']);
  const [provider] = providersOf('webgpu', model)!;
  const [sine] = model.graph!.node.filter(({ opType }) => opType === 'Sin');
  assert.deepEqual(provider, { name: 'webgpu', forceCpuNodeNames: [sine!.name] });
  // The chain ends in the tensor that others read.
  const [before] = sums().graph!.node.filter(({ opType }) => opType === 'Sum');
  assert.equal(model.graph!.node.filter(({ opType }) => opType === 'Add').at(-1)!.output[0], before!.output[0]);
});

test('device graph: what is scattered with sums, fused attention and the gradient of a convolution are run on the CPU', () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', 1, [1, 4, 4]);
  const ids = builder.ints([0]);
  const added = builder.op('ScatterND', [x, ids, x], { reduction: 'add' });
  const put = builder.op('ScatterND', [added, ids, x]);
  const attended = builder.op('MultiHeadAttention', [put, put, put], { num_heads: 1 }, CONTRIB);
  const convolved = builder.op('Conv', [attended, x]);
  const gradient = builder.within('gradient', () => builder.op('Conv', [convolved, x]));
  builder.output(gradient, { name: 'y', type: 1, dims: [1, 4, 4] });
  const model = builder.build();
  const provider = providersOf('webgpu', model)![0] as { readonly forceCpuNodeNames: readonly string[] };
  const forced = model.graph!.node.filter(({ name }) => provider.forceCpuNodeNames.includes(name));
  assert.deepEqual(
    forced.map(({ opType, name }) => [opType, name.startsWith('gradient/')]),
    [
      ['ScatterND', false],
      ['MultiHeadAttention', false],
      ['Conv', true],
    ],
  );
});

test('device graph: all that positions are computed from is run on the CPU, and nothing of the texts', () => {
  const builder = new GraphBuilder();
  const { FLOAT, INT64 } = TensorProto_DataType;
  const ids = builder.input('input_ids', INT64, ['texts', 'tokens']);
  const given = builder.input('given', FLOAT, ['tokens', 1]);
  const embedded = builder.within('texts', () => builder.op('Gather', [builder.float(0.5), ids]));
  const counted = builder.within('counted', () => {
    const real = builder.op('Cast', [builder.op('Not', [builder.op('Equal', [ids, builder.ints([1])])])], { to: INT64 });
    return builder.op('CumSum', [real, builder.ints(1)]);
  });
  const angles = builder.within('angles', () => {
    const length = builder.op('Cast', [builder.within('shape', () => builder.op('Shape', [embedded]))], { to: FLOAT });
    return builder.op('Cos', [builder.op('Mul', [length, builder.float(0.1)])]);
  });
  const others = builder.within('others', () => [
    builder.op('Sin', [builder.op('Mul', [embedded, builder.float(2)])]),
    builder.op('Sin', [builder.op('Mul', [given, builder.float(2)])]),
    builder.op('CumSum', [builder.op('Mul', [embedded, embedded]), builder.ints(1)]),
  ]);
  for (const [i, value] of [counted, angles, ...others].entries()) builder.output(value, { name: `out.${i}`, type: FLOAT, dims: ['n'] });
  const provider = providersOf('webgpu', builder.build())![0] as { readonly forceCpuNodeNames: readonly string[] };
  assert.deepEqual(provider.forceCpuNodeNames.filter((name) => !name.startsWith('others')).toSorted(), [
    'angles/Cast',
    'angles/Cos',
    'angles/Mul',
    'counted/Cast',
    'counted/CumSum',
    'counted/Equal',
    'counted/Not',
  ]);
  assert.deepEqual(
    provider.forceCpuNodeNames.filter((name) => name.startsWith('others')),
    ['others/Sin', 'others/Sin_1'],
  );
});
