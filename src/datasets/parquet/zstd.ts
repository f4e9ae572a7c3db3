const MAGIC = 0xfd2fb528;

/**
 * Declared size of the first frame of a zstd stream (RFC 8878, section 3.1.1.1); its window size if not declared. A decompressor allocates
 * that much.
 */
export function zstdBytes(input: Uint8Array): number {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  if (view.byteLength < 5 || view.getUint32(0, true) !== MAGIC) throw new Error('a page is not a zstd stream');
  const descriptor = view.getUint8(4);
  const single = (descriptor & 0x20) !== 0;
  const at = (single ? 5 : 6) + [0, 1, 2, 4][descriptor & 3]!;
  switch (descriptor >> 6) {
    case 1:
      return view.getUint16(at, true) + 256;
    case 2:
      return view.getUint32(at, true);
    case 3:
      return Number(view.getBigUint64(at, true));
    default:
      return single ? view.getUint8(at) : 0;
  }
}
