import { varint } from './thrift.ts';

/** Number of values by which the last run of packed bits may exceed the values: writers fill up groups of 8, and some whole miniblocks. */
const PADDING = 512;

export interface Runs {
  readonly from: number;
  /** Bits per value. */
  readonly width: number;
  /** Number of values expected. */
  readonly values: number;
}

/**
 * Throws if one of the runs (parquet-format, Encodings.md: RLE and bit-packing hybrid) is longer than all values together: the library
 * expands a run to its declared length.
 */
export function checkRuns(view: DataView, { from, width, values }: Runs): void {
  for (let at = from, seen = 0; seen < values && at < view.byteLength;) {
    const { value: header, end } = varint(view, at);
    const packed = header % 2 === 1;
    const count = Math.floor(header / 2) * (packed ? 8 : 1);
    if (count > values + (packed ? PADDING : 0)) throw new Error(`a run has ${count} values, expected ${values}`);
    seen += count;
    at = end + (packed ? (count * width) / 8 : Math.ceil(width / 8));
  }
}
