import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Tensor } from '../../src/graph/runtime.ts';
import { readSafetensors } from '../../src/tensors/read-safetensors.ts';
import { buildEncoder } from '../../src/encoders/families/build.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { differentiate } from '../../src/graph/differentiate.ts';
import { TensorProto_DataType } from '../../src/graph/onnx_pb.ts';
import { trainableWeights } from '../../src/graph/trainable.ts';
import { oracleFolders } from '../oracles.ts';
import { gradientsOf, integers } from './run-gradients.ts';

/** Relative to a parameter's largest gradient; below the floor a gradient counts as zero up to rounding. */
const TOLERANCE = 1e-4;
const FLOOR = 1e-5;

interface Training {
  readonly input_ids: number[][];
  readonly attention_mask: number[][];
}

const LOSSES = ['ce', 'cea_all', 'cea_batch', 'cea_flipped', 'cea_inverse'];
const CASES = oracleFolders('training').flatMap((oracle) =>
  LOSSES.map((loss) => ({ ...oracle, loss, gradients: oracle.at(`grads_${loss}.safetensors`) })),
);

// The project's own oracles have the gradients of two losses: the others only differ in the gradient that reaches the encoder.
for (const { name: oracle, at, skip, loss, gradients: file } of CASES.filter((each) => each.skip !== false || existsSync(each.gradients))) {
  test(`backward pass: every gradient of the encoder under ${loss} is torch's (${oracle})`, { skip }, async () => {
    const built = await buildEncoder({ folder: at('..', 'bert-uncased'), form: 'standard' });
    const { folder } = built.model;
    const texts = JSON.parse(readFileSync(at('training.json'), 'utf8')) as Training;
    const feeds = { input_ids: integers(texts.input_ids), attention_mask: integers(texts.attention_mask) };
    const weights = trainableWeights(built.model.proto.graph!);

    // A loss with torch's gradient in the first token's vectors: their product with it.
    const { tensors: inputs } = readSafetensors(readFileSync(at('inputs.safetensors')), 'inputs');
    const upstream = inputs.get(`dL_dcls.${loss}`)!;
    const gradients = await gradientsOf(built.model.proto, {
      folder,
      feeds,
      weights,
      loss(builder) {
        const first = builder.op('Gather', [built.states.at(-1)!, builder.ints(0)], { axis: 1 });
        const given = builder.tensor('given', { dataType: TensorProto_DataType.FLOAT, dims: upstream.shape, raw: upstream.data });
        return builder.op('ReduceSum', [builder.op('Mul', [first, given])], { keepdims: 0 });
      },
    });

    const { tensors: reference } = readSafetensors(readFileSync(file), loss);
    const encoder = [...reference].filter(([name]) => !name.startsWith('head.'));
    assert.deepEqual([...gradients.keys()].toSorted(), encoder.map(([name]) => name).toSorted());
    for (const [name, { shape: dims, data }] of encoder) {
      const theirs = data as Float32Array;
      const ours = gradients.get(name)!;
      // torch's embedding gives the padding row no gradient.
      if (name === 'embeddings.word_embeddings.weight') ours.fill(0, 0, dims[1]);
      const largest = theirs.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
      const worst = ours.reduce((most, each, i) => Math.max(most, Math.abs(each - theirs[i]!)), 0);
      assert.ok(worst <= Math.max(FLOOR, TOLERANCE * largest), `${name}: ${worst} of ${largest}`);
    }
  });
}

test('backward pass: zeros around the gradient of a slice survive the runtime moving transposes', async () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', TensorProto_DataType.FLOAT, ['a', 'b', 'c', 'd']);
  const turned = builder.op('Transpose', [x], { perm: [0, 2, 1, 3] });
  const cut = builder.op('Slice', [turned, builder.ints([1]), builder.ints([3]), builder.ints([3])]);
  builder.output(builder.op('Transpose', [cut], { perm: [0, 2, 1, 3] }), {
    name: 'y',
    type: TensorProto_DataType.FLOAT,
    dims: ['a', 'b', 'c', 'e'],
  });
  const feeds = { x: new Tensor('float32', new Float32Array(24), [1, 2, 3, 4]) };
  const gradients = await gradientsOf(builder.build(), {
    folder: '.',
    feeds,
    weights: ['x'],
    loss: (g) => g.op('ReduceSum', [g.op('Exp', ['y'])], { keepdims: 0 }),
  });
  assert.deepEqual(
    [...gradients.get('x')!],
    Array.from({ length: 24 }, (_, i) => (i % 4 === 1 || i % 4 === 2 ? 1 : 0)),
  );
});

test('backward pass: an operator without a rule is named with its node', () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', TensorProto_DataType.FLOAT, [2]);
  const loss = builder.within('layer.0', () => builder.op('Softsign', [x]));
  const model = builder.build();
  assert.throws(
    () =>
      differentiate({ builder: GraphBuilder.from(model), graph: model.graph!, loss, wrt: ['x'], shapes: new Map(), constants: new Map() }),
    {
      code: 'GRAPH',
      message:
        'node "layer.0/Softsign": No gradient rule for operator Softsign. The encoder cannot be fine-tuned from this file; use a checkpoint (config.json and weights).',
    },
  );
});
