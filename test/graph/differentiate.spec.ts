import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { readSafetensors } from '../../src/embed/safetensors.ts';
import { buildEncoder } from '../../src/encoders/families/build.ts';
import { GraphBuilder, type Value } from '../../src/graph/builder.ts';
import { BACKWARD_SESSION, differentiate } from '../../src/graph/differentiate.ts';
import { ModelProtoSchema, TensorProto_DataType, ValueInfoProtoSchema, type ModelProto } from '../../src/graph/onnx_pb.ts';
import { probe } from '../../src/graph/probe.ts';
import { prune } from '../../src/graph/topology.ts';
import { shared, unlessShared } from '../shared.ts';

const FOLDER = ['oracles', 'training'];
/** Relative to a parameter's largest gradient; below the floor a gradient counts as the zero that it is but for rounding. */
const TOLERANCE = 1e-4;
const FLOOR = 1e-5;

interface Training {
  readonly input_ids: number[][];
  readonly attention_mask: number[][];
}

function integers(rows: readonly number[][]): Tensor {
  return new Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0]!.length]);
}

async function run(model: ModelProto, outputs: readonly Value[], { folder, feeds }: { folder: string; feeds: Record<string, Tensor> }): Promise<Record<string, Tensor>> {
  model.graph!.output = [...new Set(outputs)].map((name) => create(ValueInfoProtoSchema, { name }));
  prune(model.graph!);
  const session = await InferenceSession.create(toBinary(ModelProtoSchema, model), {
    extra: { ...BACKWARD_SESSION, session: { model_external_initializers_file_folder_path: folder } },
    logSeverityLevel: 3,
  });
  const found = await session.run(Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]!])));
  await session.release();
  return found as Record<string, Tensor>;
}

for (const loss of ['ce', 'cea_all', 'cea_batch', 'cea_flipped', 'cea_inverse']) {
  test(`backward pass: every gradient of the encoder under ${loss} is torch's`, { skip: unlessShared(...FOLDER) }, async () => {
    const built = await buildEncoder({ folder: shared('oracles', 'bert-uncased'), form: 'standard' });
    const { folder } = built.model;
    const texts = JSON.parse(readFileSync(shared(...FOLDER, 'training.json'), 'utf8')) as Training;
    const feeds = { input_ids: integers(texts.input_ids), attention_mask: integers(texts.attention_mask) };
    const weights = built.model.proto.graph!.initializer.filter(({ dataType, externalData }) => dataType === TensorProto_DataType.FLOAT && externalData.length > 0).map(({ name }) => name);

    // The loss that has torch's gradient in the first token's vectors: their product with it.
    const { tensors: inputs } = readSafetensors(readFileSync(shared(...FOLDER, 'inputs.safetensors')), 'inputs');
    const forward = GraphBuilder.from(built.model.proto);
    const first = forward.op('Gather', [built.states.at(-1)!, forward.ints(0)], { axis: 1 });
    const upstream = inputs.get(`dL_dcls.${loss}`)!;
    const given = forward.tensor('given', { dataType: TensorProto_DataType.FLOAT, dims: upstream.shape, raw: upstream.data });
    const value = forward.op('ReduceSum', [forward.op('Mul', [first, given])], { keepdims: 0 });
    const model = forward.build();

    const builder = GraphBuilder.from(model);
    const gradients = differentiate({ builder, graph: model.graph!, loss: value, wrt: weights, ...(await probe(model, { folder, feeds })) });
    const wanted = [...gradients.values()].flatMap(({ dense, rows }) => [...(dense === undefined ? [] : [dense]), ...rows.flatMap(({ ids, values }) => [ids, values])]);
    const found = await run(builder.build(), wanted, { folder, feeds });

    const { tensors: reference } = readSafetensors(readFileSync(shared(...FOLDER, `grads_${loss}.safetensors`)), loss);
    const encoder = [...reference].filter(([name]) => !name.startsWith('head.'));
    assert.deepEqual([...gradients.keys()].toSorted(), encoder.map(([name]) => name).toSorted());
    for (const [name, { shape: dims, data }] of encoder) {
      const theirs = data as Float32Array;
      const { dense, rows } = gradients.get(name)!;
      const ours = new Float64Array(theirs.length);
      if (dense !== undefined) ours.set(found[dense]!.data as Float32Array);
      for (const { ids, values } of rows) addRows(ours, { ids: found[ids]!, values: found[values]!.data as Float32Array, width: dims[1]! });
      // torch's embedding gives the padding row no gradient.
      if (name === 'embeddings.word_embeddings.weight') ours.fill(0, 0, dims[1]);
      const largest = theirs.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
      const worst = ours.reduce((most, each, i) => Math.max(most, Math.abs(each - theirs[i]!)), 0);
      assert.ok(worst <= Math.max(FLOOR, TOLERANCE * largest), `${name}: ${worst} of ${largest}`);
    }
  });
}

function addRows(sum: Float64Array, { ids, values, width }: { ids: Tensor; values: Float32Array; width: number }): void {
  const numbers = Array.from(ids.data as BigInt64Array, Number);
  for (let i = 0; i < values.length; i++) sum[numbers[Math.floor(i / width) % numbers.length]! * width + (i % width)]! += values[i]!;
}

test('backward pass: an operator without a rule is named with its node', () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', TensorProto_DataType.FLOAT, [2]);
  const loss = builder.within('layer.0', () => builder.op('Softsign', [x]));
  const model = builder.build();
  assert.throws(() => differentiate({ builder: GraphBuilder.from(model), graph: model.graph!, loss, wrt: ['x'], shapes: new Map(), constants: new Map() }), {
    code: 'GRAPH',
    message: 'node "layer.0/Softsign": There is no gradient rule for the operator Softsign. The encoder cannot be trained from this file; a checkpoint of it (config.json and weights) can.',
  });
});
