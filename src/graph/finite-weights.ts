import path from 'node:path';
import { HarnessError } from '../errors.ts';
import { TensorProto_DataType, type TensorProto } from './onnx_pb.ts';
import type { OnnxModel } from './read.ts';
import { pieces, placeOf } from './weight-bytes.ts';

/** A weight with a number that is none. */
export interface BrokenWeight {
  readonly name: string;
  /** NaN, inf or -inf. */
  readonly value: string;
  /** Base name of the file that holds it; '' where the graph itself does. */
  readonly file: string;
}

/** How NaN and infinities look: bytes of a number, mask of its exponent, all ones in them. */
const EXPONENTS: ReadonlyMap<TensorProto_DataType, { readonly bytes: 2 | 4 | 8; readonly exponent: number; readonly fraction: number }> =
  new Map([
    [TensorProto_DataType.FLOAT, { bytes: 4, exponent: 0x7f800000, fraction: 0x007fffff }],
    [TensorProto_DataType.FLOAT16, { bytes: 2, exponent: 0x7c00, fraction: 0x03ff }],
    [TensorProto_DataType.BFLOAT16, { bytes: 2, exponent: 0x7f80, fraction: 0x007f }],
    // Of a float64 the upper half tells.
    [TensorProto_DataType.DOUBLE, { bytes: 8, exponent: 0x7ff00000, fraction: 0x000fffff }],
  ]);

/** The first weight of a model that holds NaN or an infinity; undefined where none does. Reads every weight once. */
export function brokenWeight({ proto, folder }: OnnxModel): BrokenWeight | undefined {
  for (const tensor of proto.graph!.initializer) {
    // Masks are made of infinities; weights are matrices, vectors, and kernels of convolutions.
    if (tensor.dims.length === 0 || (tensor.dims.length === 4 && tensor.dims[0] === 1n && tensor.dims[1] === 1n)) continue;
    const value = brokenValue(tensor, folder);
    if (value === undefined) continue;
    const place = placeOf(tensor, folder);
    return { name: tensor.name, value, file: place === undefined ? '' : path.basename(place.file) };
  }
  return undefined;
}

/** Throws FORMAT where a weight holds NaN or an infinity. `name` is the encoder's. */
export function checkWeights(model: OnnxModel, name: string): void {
  const broken = brokenWeight(model);
  if (broken !== undefined) throw weightError(name, broken);
}

export function weightError(name: string, broken: BrokenWeight): HarnessError {
  return new HarnessError('FORMAT', { where: name, what: saidOf(broken), hint: MEND_WEIGHTS });
}

/** A weight that holds no numbers, as a sentence. */
export function saidOf({ name, value, file }: BrokenWeight): string {
  return `Its weight ${name} holds ${value}${file === '' ? '' : ` (${file})`}.`;
}

export const MEND_WEIGHTS = 'Download the encoder again, or go back to a checkpoint from before its training broke it.';

/** How a number that is none is written: NaN, inf, -inf; undefined where all are finite. */
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
