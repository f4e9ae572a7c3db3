import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBinary } from '@bufbuild/protobuf';
import { InferenceSession, Tensor } from '../../../src/graph/runtime.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { ModelProtoSchema, TensorProto_DataType } from '../../../src/graph/onnx_pb.ts';
import { ParameterBuffer } from '../../../src/training/optimiser/parameter-buffer.ts';

const TENSORS = [
  { name: 'a', dims: [3, 5] },
  { name: 'table', dims: [100, 7], sparse: true },
  { name: 'b', dims: [33] },
];

const tensor = (view: Float32Array) => new Tensor('float32', view, [view.length]);

const viewsOf = (buffer: ParameterBuffer) =>
  buffer.names.flatMap((name) => {
    const { first, second } = buffer.moments(name);
    return [buffer.weight(name), first, second, ...(buffer.hasGradient(name) ? [buffer.gradient(name)] : [])];
  });

test('buffer: arrays are zero, begin at multiples of 64 bytes, and none overlaps another', () => {
  const buffer = new ParameterBuffer({ tensors: TENSORS });
  const views = viewsOf(buffer);
  for (const [i, view] of views.entries()) {
    assert.ok(view.byteOffset % 64 === 0 && view.every((value) => value === 0));
    view.fill(i + 1);
  }
  for (const [i, view] of views.entries()) assert.ok(view.every((value) => value === i + 1));
  assert.deepEqual(buffer.names, ['a', 'table', 'b']);
  assert.deepEqual(
    buffer.names.map((name) => buffer.weight(name).length),
    [15, 700, 33],
  );
});

test('buffer: a sparse table has no gradient but in dense mode', () => {
  assert.throws(() => new ParameterBuffer({ tensors: TENSORS }).gradient('table'), {
    code: 'INTERNAL',
    message: 'table: A sparse table has no gradient but rows.',
  });
  const dense = new ParameterBuffer({ tensors: TENSORS, dense: true });
  assert.equal(dense.gradient('table').length, 700);
  assert.throws(() => dense.staging('table'), { code: 'INTERNAL', message: 'table: Only a sparse table is stepped by rows.' });
});

test('buffer: a new memory is opened where one would be larger than wanted, and a tensor stays in one', () => {
  const parameters = new ParameterBuffer({ tensors: [1, 2, 3].map((i) => ({ name: `w${i}`, dims: [100_000] })), most: 3_500_000 });
  const buffers = parameters.names.map((name) => {
    const { first, second } = parameters.moments(name);
    const own = new Set([parameters.weight(name), parameters.gradient(name), first, second].map(({ buffer }) => buffer));
    assert.equal(own.size, 1);
    return [...own][0];
  });
  assert.equal(buffers[0], buffers[1]);
  assert.notEqual(buffers[1], buffers[2]);
  assert.equal(parameters.bytes, 49 * 65_536 + 25 * 65_536);
});

test('buffer: gradients of several passes add up', () => {
  const buffer = new ParameterBuffer({ tensors: TENSORS, accumulate: true });
  for (const pass of [1, 2]) {
    buffer.fresh('a').fill(pass);
    buffer.accumulate('a');
  }
  assert.deepEqual(buffer.gradient('a'), new Float32Array(15).fill(3));
  const plain = new ParameterBuffer({ tensors: TENSORS });
  assert.equal(plain.fresh('a'), plain.gradient('a'));
  assert.throws(() => plain.accumulate('a'), { code: 'INTERNAL', message: 'a: The buffer was made without a second area for gradients.' });
});

test('buffer: names that are not there or come twice, and tensors too large, are refused', () => {
  assert.throws(() => new ParameterBuffer({ tensors: TENSORS }).weight('c'), {
    code: 'INTERNAL',
    message: 'c: The buffer has no tensor of this name.',
  });
  assert.throws(() => new ParameterBuffer({ tensors: [TENSORS[0]!, TENSORS[0]!] }), {
    code: 'SHAPE',
    message: 'a: There are two tensors of this name.',
  });
  assert.throws(() => new ParameterBuffer({ tensors: [{ name: 'huge', dims: [2 ** 20, 1024] }] }), {
    code: 'SHAPE',
    message: 'huge: Weight, gradient and moments of [1048576, 1024] take 17179869184 bytes, and 4294901760 are the most. Freeze it.',
  });
});

test('buffer: the runtime reads its inputs from the buffer and writes its outputs there, without copies', async () => {
  const buffer = new ParameterBuffer({ tensors: [{ name: 'w', dims: [1000] }] });
  const { FLOAT } = TensorProto_DataType;
  const builder = new GraphBuilder();
  const w = builder.input('w', FLOAT, [1000]);
  // Names of the nodes themselves: an Identity that only renames would be a copy.
  const more = builder.node('Add', [w, builder.float(1)], {}, { name: 'more' });
  const most = builder.node('Mul', [more, builder.float(100)], {}, { name: 'most' });
  const sum = builder.node('Sum', [w, more, most], {}, { name: 'sum' });
  for (const name of [more, most, sum]) builder.output(name, { name, type: FLOAT, dims: [1000] });
  const session = await InferenceSession.create(toBinary(ModelProtoSchema, builder.build()));

  const [weight, gradient] = [buffer.weight('w'), buffer.gradient('w')];
  weight.fill(5);
  const plain = await session.run({ w: tensor(weight) }, { more: tensor(gradient), most: null, sum: null });
  assert.deepEqual(gradient, new Float32Array(1000).fill(6));
  assert.deepEqual(plain['sum']!.data, new Float32Array(1000).fill(5 + 6 + 600));

  // One view for two outputs: `sum` gets 600 where `more` was. With copies at the end it would get 6.
  const outputs = await session.run({ w: tensor(weight) }, { more: tensor(gradient), most: tensor(gradient), sum: null });
  assert.deepEqual(outputs['sum']!.data, new Float32Array(1000).fill(5 + 600 + 600));

  // One view for the input and an output: `sum` gets 6 where w was.
  const input = await session.run({ w: tensor(weight) }, { more: tensor(weight), most: null, sum: null });
  assert.deepEqual(input['sum']!.data, new Float32Array(1000).fill(6 + 6 + 600));
  await session.release();
});
