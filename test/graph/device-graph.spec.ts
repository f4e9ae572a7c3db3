import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONTRIB, GraphBuilder } from '../../src/graph/builder.ts';
import { fitToDevice, providersOf } from '../../src/graph/device-graph.ts';

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
