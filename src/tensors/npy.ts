import type { Matrix } from '../numeric/matrix.ts';

/** A matrix as NumPy's .npy, version 1.0: float32, C order (numpy/lib/format.py). */
export function writeNpy({ rows, cols, data }: Matrix): Uint8Array {
  const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${cols}), }`;
  // Magic, version and length take 10 bytes; numbers begin at a multiple of 64.
  const padded = Math.ceil((10 + dict.length + 1) / 64) * 64 - 10;
  const header = `${dict.padEnd(padded - 1)}\n`;
  const out = new Uint8Array(10 + padded + data.byteLength);
  out.set([0x93, ...Buffer.from('NUMPY'), 1, 0, padded & 0xff, padded >> 8]);
  out.set(Buffer.from(header, 'latin1'), 10);
  out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + padded);
  return out;
}
