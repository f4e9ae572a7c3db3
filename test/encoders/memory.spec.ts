import assert from 'node:assert/strict';
import { totalmem } from 'node:os';
import { test } from 'node:test';
import { create } from '@bufbuild/protobuf';
import { buildEncoder, buildFedEncoder } from '../../src/encoders/families/build.ts';
import { machineMemory, neededMemory, requireMemory, requireStoredMemory } from '../../src/encoders/memory.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { GraphProtoSchema, TensorProto_DataType, TensorProtoSchema } from '../../src/graph/onnx_pb.ts';
import { setExternal } from '../../src/graph/read.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyCheckpoint } from '../tiny-checkpoint.ts';

const TYPES = ['F32', 'F16', 'BF16', 'F64'] as const;

test('memory: weights count as what they are computed with, whatever they are stored in', async () => {
  const needs = await Promise.all(
    TYPES.map(async (type) => {
      const { model } = await buildEncoder({ folder: writeTinyCheckpoint(temporaryFolder(), { type }) });
      return [neededMemory(model.proto.graph!, 'fp32'), neededMemory(model.proto.graph!, 'q8')] as const;
    }),
  );
  for (const need of needs) assert.deepEqual(need, needs[0]);
  const [wide, eight] = needs[0]!;
  // 8 wide, 12 in the feed-forward layer, 2 layers; tables of 20, 16 and 2 rows.
  const matrices = 2 * (4 * 8 * 8 + 2 * 8 * 12);
  assert.ok(wide.weights > 4 * (matrices + 38 * 8) && wide.weights < 4 * (matrices + 38 * 8 + 400));
  assert.deepEqual([wide.held, eight.held], [0, matrices * 1.125]);
  assert.equal(wide.weights - eight.weights, matrices * (4 - 1.125));
});

for (const type of TYPES) {
  test(`memory: an encoder in ${type} that needs more than there is says so before a number is read`, async () => {
    const folder = writeTinyCheckpoint(temporaryFolder(), { type });
    for (const [memory, dtype, message] of [
      [
        4000,
        'fp32',
        `${folder}: Its weights take 0.0 MB as float32 numbers, and this machine has 0.0 MB of memory. Use \`dtype\` q8 (0.0 MB), a smaller encoder, or a machine with more memory.`,
      ],
      [
        100,
        'fp32',
        `${folder}: Its weights take 0.0 MB as float32 numbers, and this machine has 0.0 MB of memory. Use a smaller encoder or a machine with more memory.`,
      ],
      [
        100,
        'q8',
        `${folder}: Its weights take 0.0 MB with products in 8 bits, and this machine has 0.0 MB of memory. Use a smaller encoder or a machine with more memory.`,
      ],
    ] as const)
      await assert.rejects(buildEncoder({ folder, memory, dtype }), { code: 'GRAPH', message });
    await assert.rejects(buildFedEncoder({ folder, memory: 100 }), {
      code: 'GRAPH',
      message: /: Its weights take .* as float32 numbers, and this machine has 0\.0 MB of memory\./,
    });
    await buildEncoder({ folder, memory: 100, form: 'standard' });
  });
}

test('memory: a 7B encoder is said in gigabytes; 8 bits beyond what a graph holds are to be exported first', () => {
  const builder = new GraphBuilder();
  for (let layer = 0; layer < 7; layer++) {
    const stored = builder.external(`w${layer}`, {
      dataType: TensorProto_DataType.BFLOAT16,
      dims: [32_000, 32_000],
      location: 'w',
      offset: 0,
      length: 2 * 32_000 ** 2,
    });
    builder.op('Gemm', ['x', builder.op('Cast', [stored], { to: TensorProto_DataType.FLOAT })], { transB: 1 });
  }
  const graph = builder.build().graph!;
  assert.throws(() => requireMemory(graph, { where: 'e5', dtype: 'fp32', toRun: true, memory: 16e9 }), {
    code: 'GRAPH',
    message:
      'e5: Its weights take 28.7 GB as float32 numbers, and this machine has 16.0 GB of memory. Use a q8 export (bench export) (8.1 GB), a smaller encoder, or a machine with more memory.',
  });
  assert.throws(() => requireMemory(graph, { where: 'e5', dtype: 'q8', toRun: true, memory: 16e9 }), {
    code: 'GRAPH',
    message:
      'e5: Its products in 8 bits take 8.1 GB inside the graph; the runtime allows 2.1 GB. Export it in q8 first (bench export), and run that folder.',
  });
  assert.throws(() => requireStoredMemory(graph, { where: 'e5.onnx', memory: 8e9 }), {
    code: 'GRAPH',
    message:
      'e5.onnx: Its weights take 14.3 GB, and this machine has 8.0 GB of memory. Use another weight precision (`dtype`), a smaller encoder, or a machine with more memory.',
  });
  requireMemory(graph, { where: 'e5', dtype: 'fp32', toRun: true, memory: 64e9 });
  requireStoredMemory(graph, { where: 'e5.onnx', memory: 16e9 });
});

test('memory: an adapter that is merged into more than a graph holds is to be merged beforehand', () => {
  const tensor = create(TensorProtoSchema, { name: 'w', dataType: TensorProto_DataType.FLOAT, dims: [40_000n, 20_000n] });
  const graph = create(GraphProtoSchema, { initializer: [tensor] });
  assert.throws(() => requireMemory(graph, { where: 'e5', dtype: 'fp32', toRun: true, memory: 64e9 }), {
    message:
      'e5: Weights that an adapter is merged into take 3.2 GB inside the graph; the runtime allows 2.1 GB. Merge the adapter into the checkpoint first (peft: merge_and_unload).',
  });
  setExternal(tensor, { location: 'w', offset: 0, length: 3.2e9 });
  requireMemory(graph, { where: 'e5', dtype: 'fp32', toRun: true, memory: 64e9 });
});

test('memory: of the machine there is some, and no more than it has', () => {
  assert.ok(machineMemory() > 0 && machineMemory() <= totalmem());
});
