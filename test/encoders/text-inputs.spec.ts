import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create } from '@bufbuild/protobuf';
import { textInputs } from '../../src/encoders/text-inputs.ts';
import {
  GraphProtoSchema,
  TensorProto_DataType,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
  type GraphProto,
} from '../../src/graph/onnx_pb.ts';

function graphWith(
  name: string,
  {
    type = TensorProto_DataType.INT64,
    dims = ['batch', 'sequence'],
  }: { type?: TensorProto_DataType; dims?: readonly (string | number)[] } = {},
): GraphProto {
  const dim = dims.map((each) =>
    create(TensorShapeProto_DimensionSchema, {
      value: typeof each === 'number' ? { case: 'dimValue', value: BigInt(each) } : { case: 'dimParam', value: each },
    }),
  );
  const tensor = create(TypeProto_TensorSchema, { elemType: type, shape: create(TensorShapeProtoSchema, { dim }) });
  return create(GraphProtoSchema, {
    input: [create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: 'tensorType', value: tensor } }) })],
  });
}

test('text inputs: the four that texts have, in either type of whole numbers', () => {
  for (const name of ['input_ids', 'attention_mask', 'token_type_ids', 'position_ids']) {
    assert.deepEqual(textInputs(graphWith(name), 'm.onnx'), [{ name, type: 'int64' }]);
    assert.deepEqual(textInputs(graphWith(name, { type: TensorProto_DataType.INT32 }), 'm.onnx'), [{ name, type: 'int32' }]);
  }
});

const HINT = 'Export the encoder with input_ids, attention_mask, token_type_ids, position_ids alone, [batch, sequence] of int64.';

test('text inputs: what texts do not have is refused by name', () => {
  for (const name of [
    'past_key_values.0.key',
    'use_cache_branch',
    'decoder_input_ids',
    'bbox',
    'pixel_values',
    'task_id',
    'inputs_embeds',
    'global_attention_mask',
    'cache_position',
    'constructor',
  ]) {
    assert.throws(() => textInputs(graphWith(name), 'm.onnx'), {
      code: 'GRAPH',
      message: `m.onnx: It needs an input "${name}", which texts do not provide. ${HINT}`,
    });
  }
});

function refuses(graph: GraphProto, what: string): void {
  assert.throws(() => textInputs(graph, 'm.onnx'), { code: 'GRAPH', message: `m.onnx: ${what} ${HINT}` });
}

test('text inputs: another form than texts and tokens is refused', () => {
  refuses(
    graphWith('attention_mask', { dims: ['batch', 1, 'sequence', 'sequence'] }),
    'Its input "attention_mask" has 4 dimensions, expected 2 (texts, tokens).',
  );
  refuses(
    graphWith('attention_mask', { type: TensorProto_DataType.FLOAT }),
    'Its input "attention_mask" is of type float, expected int64 or int32.',
  );
  refuses(
    graphWith('attention_mask', { type: TensorProto_DataType.BOOL }),
    'Its input "attention_mask" is of type bool, expected int64 or int32.',
  );
  refuses(graphWith('input_ids', { dims: ['batch', 128] }), 'Its input "input_ids" takes texts of exactly 128 tokens.');
  refuses(graphWith('input_ids', { dims: [1, 'sequence'] }), 'Its input "input_ids" takes exactly 1 text at a time.');
});
