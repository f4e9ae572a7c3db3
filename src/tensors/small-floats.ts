import { HarnessError, option } from '../errors.ts';

const scratch = new DataView(new ArrayBuffer(4));

/** IEEE 754 binary16: 1 bit of sign, 5 of exponent, 10 of fraction. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** bfloat16 is the upper half of a float32. */
export function upperHalfToNumber(bits: number): number {
  scratch.setUint16(0, bits);
  return scratch.getFloat32(0);
}

/** Largest float16. */
const MOST = 65504;

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** IEEE 754 binary16 of each number, rounded to the nearest, ties to even. */
export function toHalf(values: Float32Array, name: string): Uint16Array<ArrayBuffer> {
  const out = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!(Math.abs(value) <= MOST)) {
      throw new HarnessError('FORMAT', {
        where: name,
        what: `It holds ${value}, which float16 cannot (up to ${MOST}).`,
        hint: `Use another ${option('dtype')}.`,
      });
    }
    out[i] = halfBits(value);
  }
  return out;
}

function halfBits(value: number): number {
  float[0] = value;
  const word = bits[0]!;
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  // Below 2^-14 there is no implicit leading one: the fraction counts in units of 2^-24.
  if (magnitude < 0x38800000) return sign | roundToEven(Math.abs(value) * 2 ** 24);
  // The fraction loses 13 bits, the exponent's bias changes from 127 to 15; a carry runs into the exponent, which is correct.
  const kept = (magnitude - 0x38000000) >>> 13;
  const lost = magnitude & 0x1fff;
  return sign | (kept + (lost > 0x1000 || (lost === 0x1000 && (kept & 1) === 1) ? 1 : 0));
}

function roundToEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  return down + (rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? 1 : 0);
}
