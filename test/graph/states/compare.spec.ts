import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { TensorProto_DataType } from '../../../src/graph/onnx_pb.ts';
import { largestDifference } from '../../../src/graph/states/compare.ts';
import { temporaryFolder } from '../../temporary.ts';

test('compare: one NaN among finite numbers, first, last or in the middle, is no small difference', async () => {
  const b = new GraphBuilder();
  const { FLOAT, INT64 } = TensorProto_DataType;
  // The ids of the run are 1 to 8.
  const x = b.op('Cast', [b.input('input_ids', INT64, ['batch', 'tokens'])], { to: FLOAT });
  const at = (id: number) => b.op('Add', [x, b.op('Div', [b.float(0), b.op('Sub', [x, b.float(id)])])]);
  const places = [1, 4, 8].map(at);
  const finite = b.op('Add', [x, b.float(2)]);
  b.output(x, { name: 'last_hidden_state', type: FLOAT, dims: ['batch', 'tokens'] });
  const differences = await largestDifference(
    { proto: b.build(), folder: temporaryFolder(), files: [] },
    [...places, finite, x].map((each) => [each, x] as const),
  );
  assert.deepEqual(
    differences.map(({ most }) => most),
    [NaN, NaN, NaN, 2, 0],
  );
  assert.equal(differences[3]!.largest, 8);
});
