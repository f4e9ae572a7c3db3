import type { Value } from '../builder.ts';
import { TensorProto_DataType, type GraphProto, type NodeProto, type TypeProto_Tensor } from '../onnx_pb.ts';
import { elementCount, floatTensor, numbersOf, unpack } from './numbers.ts';
import { attributeOf, inputOf, int, refuse, type NodeRule, type Rewrite } from './rewrite.ts';

const HALVES: ReadonlySet<TensorProto_DataType> = new Set([TensorProto_DataType.FLOAT16, TensorProto_DataType.BFLOAT16]);

/** Converts float16 weights, inputs and outputs to float32. Changes `graph`; the casts have a rule (`casts`). */
export function widen(graph: GraphProto, { folder, notes }: { folder: string; notes: Set<string> }): void {
  for (const [i, tensor] of graph.initializer.entries()) {
    if (!HALVES.has(tensor.dataType)) continue;
    graph.initializer[i] = floatTensor(tensor.name, tensor.dims.map(Number), numbersOf(tensor, folder));
    if (elementCount(tensor) > 1) {
      notes.add(`${tensor.dataType === TensorProto_DataType.FLOAT16 ? '16-bit' : 'bfloat16'} weights are converted to fp32 for training.`);
    }
  }
  for (const { type } of [...graph.input, ...graph.output]) {
    if (type?.value.case !== 'tensorType') continue;
    const tensor: TypeProto_Tensor = type.value.value;
    if (HALVES.has(tensor.elemType)) tensor.elemType = TensorProto_DataType.FLOAT;
  }
}

/** Casts to a float type become casts to float32; those of weights that are float32 by now are removed. */
export const casts: NodeRule = (node, r) => {
  if (node.opType === 'ConstantOfShape') {
    const value = attributeOf(node, 'value')?.t;
    if (value === undefined || !HALVES.has(value.dataType)) return false;
    attributeOf(node, 'value')!.t = floatTensor(value.name, [1], numbersOf(value, r.folder));
    return false;
  }
  if (node.opType !== 'Cast') return false;
  const to = attributeOf(node, 'to')!;
  if (!HALVES.has(Number(to.i)) && Number(to.i) !== TensorProto_DataType.FLOAT) return false;
  to.i = BigInt(TensorProto_DataType.FLOAT);
  const [input, output] = [node.input[0]!, node.output[0]!];
  const weight = r.weights.get(input);
  if (weight?.dataType !== TensorProto_DataType.FLOAT || r.readers.get(input)?.length !== 1 || r.outputs.has(output)) return false;
  r.weights.delete(input);
  weight.name = output;
  r.weights.set(output, weight);
  return true;
};

/** Weights stored as integers with scales, with the operator that reads them. */
export const dequantised: NodeRule = (node, r) => {
  switch (node.opType) {
    case 'MatMulNBits':
      return blockProduct(node, r);
    case 'GatherBlockQuantized':
      return blockLookUp(node, r);
    case 'DequantizeLinear':
      return dequantizeLinear(node, r);
    default:
      return false;
  }
};

/** The runtime's code for "activations as int8". */
const ACCURACY_INT8 = 4;

/** com.microsoft MatMulNBits: weight [N, blocks, packed], scales and zero points [N, blocks]. */
function blockProduct(node: NodeProto, r: Rewrite): boolean {
  const [x, b] = node.input as [Value, Value];
  if (inputOf(node, 4) !== undefined) throw refuse(node, 'with an order of its own of the inner dimension');
  const [columns, rows, block, bits] = [int(node, 'K', 0), int(node, 'N', 0), int(node, 'block_size', 32), int(node, 'bits', 4)] as const;
  const packed = bytes(r, node, b);
  const scales = constant(r, node, 2);
  const blocks = Math.ceil(columns / block);
  const zeros = zeroPoints(r, node, 3, { rows, blocks, bits });
  const values = unpack(packed, { bits, count: rows * blocks * block });
  // In the layout of MatMul: [K, N].
  const out = new Float32Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = row * blocks + Math.floor(column / block);
      out[column * rows + row] = (values[row * blocks * block + column]! - zeros(at)) * scales[at]!;
    }
  }
  const weight = weightName(b, r);
  r.weights.set(weight, floatTensor(weight, [columns, rows], out));
  note(r, bits);
  if (int(node, 'accuracy_level', 0) === ACCURACY_INT8) r.notes.add(DROPPED);
  const bias = inputOf(node, 5);
  const [y] = node.output as [Value];
  if (bias === undefined) r.as(y, 'MatMul', [x, weight]);
  else r.as(y, 'Add', [r.op('MatMul', [x, weight]), bias]);
  return true;
}

/** com.microsoft GatherBlockQuantized: rows of a table with one scale per block along the last axis. */
function blockLookUp(node: NodeProto, r: Rewrite): boolean {
  const [table, ids] = node.input as [Value, Value];
  const tensor = r.weights.get(table);
  if (tensor === undefined || tensor.dims.length !== 2 || int(node, 'gather_axis', 0) !== 0) {
    throw refuse(node, 'of other than rows of a constant table');
  }
  const { UINT8, INT4, UINT4 } = TensorProto_DataType;
  const bits = tensor.dataType === INT4 || tensor.dataType === UINT4 ? 4 : int(node, 'bits', 4);
  const rows = Number(tensor.dims[0]);
  const width = Number(tensor.dims[1]) * (tensor.dataType === UINT8 ? 8 / bits : 1);
  const block = int(node, 'block_size', 128);
  const blocks = Math.ceil(width / block);
  const scales = constant(r, node, 2);
  const zeros = tensor.dataType === INT4 ? () => 0 : zeroPoints(r, node, 3, { rows, blocks, bits });
  const values =
    tensor.dataType === UINT8 ? unpack(numbersOf(tensor, r.folder), { bits, count: rows * width }) : numbersOf(tensor, r.folder);
  for (let i = 0; i < values.length; i++) {
    const at = Math.floor(i / width) * blocks + Math.floor((i % width) / block);
    values[i] = (values[i]! - zeros(at)) * scales[at]!;
  }
  const weight = weightName(table, r);
  r.weights.set(weight, floatTensor(weight, [rows, width], values));
  note(r, bits);
  r.as(node.output[0]!, 'Gather', [weight, ids], { axis: 0 });
  return true;
}

/** Zero point of each block: packed like the weights, or one float each, or the middle of the range. */
function zeroPoints(
  r: Rewrite,
  node: NodeProto,
  input: number,
  { rows, blocks, bits }: { rows: number; blocks: number; bits: number },
): (block: number) => number {
  const name = inputOf(node, input);
  if (name === undefined) return () => 2 ** (bits - 1);
  const values = constant(r, node, input);
  const type = r.weights.get(name)!.dataType;
  if (type !== TensorProto_DataType.UINT8) return (block) => values[block]!;
  const bytesARow = Math.ceil((blocks * bits) / 8);
  const points = unpack(values, { bits, count: (rows * bytesARow * 8) / bits });
  return (block) => points[Math.floor(block / blocks) * ((bytesARow * 8) / bits) + (block % blocks)]!;
}

/** A quantised constant becomes a float32 weight; a quantise-dequantise pair is removed. */
function dequantizeLinear(node: NodeProto, r: Rewrite): boolean {
  const [x] = node.input as [Value];
  const [y] = node.output as [Value];
  const maker = r.producer.get(x);
  if (maker?.opType === 'QuantizeLinear') {
    r.as(y, 'Identity', [maker.input[0]!]);
    r.notes.add(DROPPED);
    return true;
  }
  // Rows are looked up first and dequantised afterwards, with a single scale.
  if (maker?.opType === 'Gather' && r.weights.has(maker.input[0]!) && r.number(node.input[1]) !== undefined) {
    const table = maker.input[0]!;
    const weight = weightName(table, r);
    if (!r.weights.has(weight)) r.weights.set(weight, dequantise(r, node, table, weight));
    r.as(y, 'Gather', [weight, maker.input[1]!], { axis: int(maker, 'axis', 0) });
    return true;
  }
  if (!r.weights.has(x)) throw refuse(node, 'of what is computed');
  r.weights.set(y, dequantise(r, node, x, y));
  return true;
}

function dequantise(r: Rewrite, node: NodeProto, table: Value, name: Value): ReturnType<typeof floatTensor> {
  const tensor = r.weights.get(table)!;
  const dims = tensor.dims.map(Number);
  const values = numbersOf(tensor, r.folder);
  const scales = constant(r, node, 1);
  const zeros = inputOf(node, 2) === undefined ? undefined : constant(r, node, 2);
  const axis = (int(node, 'axis', 1) + dims.length) % Math.max(1, dims.length);
  scaleAlong(values, { dims, axis, block: int(node, 'block_size', 0), scales, zeros });
  note(
    r,
    tensor.dataType === TensorProto_DataType.INT4 || tensor.dataType === TensorProto_DataType.UINT4
      ? 4
      : tensor.dataType === TensorProto_DataType.INT32
        ? 32
        : 8,
  );
  return floatTensor(name, dims, values);
}

interface ScaleParams {
  readonly dims: readonly number[];
  readonly axis: number;
  /** Number of elements along the axis that share a scale, unless it is per element (0). */
  readonly block: number;
  /** One per tensor, or one per position on the axis, or one per block. */
  readonly scales: Float32Array;
  readonly zeros: Float32Array | undefined;
}

/** (value - zero) * scale, in place. */
export function scaleAlong(values: Float32Array, { dims, axis, block, scales, zeros }: ScaleParams): void {
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const length = dims[axis] ?? 1;
  const blocks = block === 0 ? length : Math.ceil(length / block);
  for (let i = 0; i < values.length; i++) {
    const place = Math.floor(i / inner) % length;
    const outer = block === 0 ? 0 : Math.floor(i / (inner * length)) * blocks * inner;
    const at = scales.length === 1 ? 0 : block === 0 ? place : outer + Math.floor(place / block) * inner + (i % inner);
    values[i] = (values[i]! - (zeros === undefined ? 0 : zeros[zeros.length === 1 ? 0 : at]!)) * scales[at]!;
  }
}

export const DROPPED = 'Activations are no longer quantised to 8 bits: vectors differ slightly from those of the quantised file.';

export function note(r: Rewrite, bits: number): void {
  if (bits < 32) r.notes.add(`${bits}-bit weights are dequantised to fp32 for training.`);
}

/** Elements of an input that must be a constant. */
export function constant(r: Rewrite, node: NodeProto, i: number): Float32Array<ArrayBuffer> {
  const values = r.numbers(inputOf(node, i));
  if (values === undefined) throw refuse(node, `whose input ${i + 1} is computed`);
  return values;
}

function bytes(r: Rewrite, node: NodeProto, name: Value): ArrayLike<number> {
  const values = r.numbers(name);
  if (values === undefined) throw refuse(node, 'whose weight is computed');
  return values;
}

/** The name without the suffix of quantisation tools. */
export function weightName(name: Value, r: Rewrite): Value {
  const short = name.replace(/_(Q4|Q8|Q4G\d+|quantized|quant|4b|8b|int8|uint8)$/i, '').replace(/\.int8$/, '');
  return r.weights.has(short) || r.producer.has(short) ? `${name}.float32` : short;
}
