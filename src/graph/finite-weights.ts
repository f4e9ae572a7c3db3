import path from 'node:path';
import { HarnessError } from '../errors.ts';
import { TensorProto_DataType, type TensorProto } from './onnx_pb.ts';
import type { OnnxModel } from './read.ts';
import { pieces, placeOf } from './weight-bytes.ts';

/** A weight with NaN or infinity. */
export interface BrokenWeight {
  readonly name: string;
  /** NaN, inf or -inf. */
  readonly value: string;
  /** Base name of its file; '' if it is in the graph itself. */
  readonly file: string;
}

/** Bit patterns of NaN and infinities: bytes per number, mask of the exponent bits, which are all ones. */
const EXPONENTS: ReadonlyMap<TensorProto_DataType, { readonly bytes: 2 | 4 | 8; readonly exponent: number; readonly fraction: number }> =
  new Map([
    [TensorProto_DataType.FLOAT, { bytes: 4, exponent: 0x7f800000, fraction: 0x007fffff }],
    [TensorProto_DataType.FLOAT16, { bytes: 2, exponent: 0x7c00, fraction: 0x03ff }],
    [TensorProto_DataType.BFLOAT16, { bytes: 2, exponent: 0x7f80, fraction: 0x007f }],
    // For float64 the upper half is sufficient.
    [TensorProto_DataType.DOUBLE, { bytes: 8, exponent: 0x7ff00000, fraction: 0x000fffff }],
  ]);

/** The first weight of a model that contains NaN or infinity; undefined if none does. Reads every weight once. */
export function brokenWeight({ proto, folder }: OnnxModel): BrokenWeight | undefined {
  for (const tensor of proto.graph!.initializer) {
    // Masks may contain infinities; weights are matrices, vectors, and convolution kernels.
    if (tensor.dims.length === 0 || (tensor.dims.length === 4 && tensor.dims[0] === 1n && tensor.dims[1] === 1n)) continue;
    const value = brokenValue(tensor, folder);
    if (value === undefined) continue;
    const place = placeOf(tensor, folder);
    return { name: tensor.name, value, file: place === undefined ? '' : path.basename(place.file) };
  }
  return undefined;
}

/** Throws FORMAT if a weight contains NaN or infinity. `name` is the encoder's. */
export function checkWeights(model: OnnxModel, name: string): void {
  const broken = brokenWeight(model);
  if (broken !== undefined) throw weightError(name, broken);
}

export function weightError(name: string, broken: BrokenWeight): HarnessError {
  return new HarnessError('FORMAT', { where: name, what: saidOf(broken), hint: MEND_WEIGHTS });
}

/** A weight with NaN or infinity, as a sentence. */
export function saidOf({ name, value, file }: BrokenWeight): string {
  return `Its weight ${name} holds ${value}${file === '' ? '' : ` (${file})`}.`;
}

export const MEND_WEIGHTS = 'Download the encoder again, or go back to a checkpoint from before its training broke it.';

/** The first non-finite number as text: NaN, inf, -inf; undefined if all are finite. */
export function brokenNumberOf(values: Float32Array): string | undefined {
  const found = values.find((value) => !Number.isFinite(value));
  return found === undefined ? undefined : named(found);
}

function brokenValue(tensor: TensorProto, folder: string): string | undefined {
  const type = EXPONENTS.get(tensor.dataType);
  if (type === undefined) return undefined;
  const place = placeOf(tensor, folder);
  const loose = tensor.floatData.find((value) => !Number.isFinite(value)) ?? tensor.doubleData.find((value) => !Number.isFinite(value));
  if (loose !== undefined) return named(loose);
  const { bytes, exponent, fraction } = type;
  for (const part of place === undefined ? [tensor.rawData] : pieces(place)) {
    const aligned = part.byteOffset % 8 === 0 ? part : Uint8Array.from(part);
    const words =
      bytes === 2
        ? new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length >> 1)
        : new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2);
    for (let i = bytes === 8 ? 1 : 0; i < words.length; i += bytes === 8 ? 2 : 1) {
      const word = words[i]!;
      if ((word & exponent) !== exponent) continue;
      const isNaN = (word & fraction) !== 0;
      return named(isNaN ? Number.NaN : word >>> (bytes === 2 ? 15 : 31) === 1 ? -Infinity : Infinity);
    }
  }
  return undefined;
}

function named(value: number): string {
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'inf' : '-inf';
}
