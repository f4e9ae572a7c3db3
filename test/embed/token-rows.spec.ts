import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create } from '@bufbuild/protobuf';
import { TokenRows } from '../../src/embed/token-rows.ts';
import { TensorProto_DataType, TensorProtoSchema, type TensorProto } from '../../src/graph/onnx_pb.ts';

const ROWS = 40;
/** Widths around the two numbers that are summed at once. */
const WIDTHS = [1, 2, 3, 4, 7, 64, 257];
/** Numbers of ids around the four rows that are summed at once, and around what the kernels are given at once. */
const COUNTS = [1, 2, 3, 4, 5, 6, 7, 8, 23, 1023, 1024, 1025, 1031];

const tensor = (dataType: TensorProto_DataType, dims: readonly number[], data: Float32Array | Int8Array | Uint16Array): TensorProto =>
  create(TensorProtoSchema, { name: 't', dataType, dims: dims.map(BigInt), rawData: new Uint8Array(data.buffer) });
const waves = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(1.7 * i) * 3);

/** The sums, in order: sum + ((a + b) + (c + d)), then sum + (a + b), then sum + a; divided in float64. */
function mean(table: (id: number, j: number) => number, ids: Int32Array, width: number): Float32Array {
  return Float32Array.from({ length: width }, (_, j) => {
    const [...values] = ids;
    let sum = 0;
    let i = 0;
    const at = (k: number) => table(values[k]!, j);
    for (; i + 4 <= values.length; i += 4) sum += at(i) + at(i + 1) + (at(i + 2) + at(i + 3));
    if (i + 2 <= values.length) {
      sum += at(i) + at(i + 1);
      i += 2;
    }
    if (i < values.length) sum += at(i);
    return sum / values.length;
  });
}

for (const width of WIDTHS) {
  const values = waves(ROWS * width);
  const bits = new Uint32Array(values.buffer);
  const upper = Uint16Array.from(bits, (each) => each >>> 16);
  const small = Int8Array.from({ length: ROWS * width }, (_, i) => ((i * 37) % 255) - 127);
  const scales = waves(ROWS);
  const scale = tensor(TensorProto_DataType.FLOAT, [ROWS, 1], scales);
  const widened = new Float32Array(Uint32Array.from(upper, (each) => each << 16).buffer);
  const tables = [
    {
      name: 'float32',
      table: tensor(TensorProto_DataType.FLOAT, [ROWS, width], values),
      scales: undefined,
      value: (at: number) => values[at]!,
    },
    {
      name: 'bfloat16',
      table: tensor(TensorProto_DataType.BFLOAT16, [ROWS, width], upper),
      scales: undefined,
      value: (at: number) => widened[at]!,
    },
    {
      name: 'int8 with scales',
      table: tensor(TensorProto_DataType.INT8, [ROWS, width], small),
      scales: scale,
      value: (at: number) => Math.fround(small[at]! * scales[Math.floor(at / width)]!),
    },
    {
      name: 'float32 with scales',
      table: tensor(TensorProto_DataType.FLOAT, [ROWS, width], values),
      scales: scale,
      value: (at: number) => Math.fround(values[at]! * scales[Math.floor(at / width)]!),
    },
  ];
  for (const { name, table, scales: factors, value } of tables) {
    test(`rows of tokens: the mean of ${name} rows of ${width} is the float64 sum to the last bit, of any number of them`, () => {
      const rows = new TokenRows({ table, scales: factors, folder: '' });
      for (const count of COUNTS) {
        const ids = Int32Array.from({ length: count }, (_, i) => (i * 7 + count) % ROWS);
        const out = new Float32Array(width);
        rows.mean(out, ids, false);
        const expected = mean((id, j) => value(id * width + j), ids, width);
        assert.deepEqual(out, expected, `${count} ids`);
        rows.mean(out, ids, true);
        const length = Math.max(Math.hypot(...expected), 1e-12);
        out.forEach((each, j) =>
          assert.ok(Math.abs(each - expected[j]! / length) <= 6.1e-8, `${count} ids: ${each} for ${expected[j]! / length}`),
        );
      }
      const last = ROWS - 1;
      assert.equal(rows.data[rows.at(last)], value(last * width));
    });
  }
}

test('rows of tokens: a vector of zeros stays one, and NaN is not lost', () => {
  const table = tensor(TensorProto_DataType.FLOAT, [3, 5], Float32Array.from([...Array.from({ length: 10 }, () => 0), 1, 2, NaN, 3, 4]));
  const rows = new TokenRows({ table, scales: undefined, folder: '' });
  const out = new Float32Array(5).fill(1);
  rows.mean(out, Int32Array.of(0, 1), true);
  assert.deepEqual(out, new Float32Array(5));
  rows.mean(out, Int32Array.of(2, 0), true);
  assert.ok(out.every(Number.isNaN));
  rows.mean(out, Int32Array.of(1), true);
  assert.deepEqual(out, new Float32Array(5));
});
