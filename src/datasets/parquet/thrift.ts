/** Value types in thrift's compact protocol (thrift-compact-protocol.md); 1 and 2 are true and false. */
const KIND = { false: 2, byte: 3, int64: 6, double: 7, binary: 8, list: 9, struct: 12 } as const;
const MOST_VARINT_BYTES = 10;
/** Parquet nests structs at most five deep. */
const MOST_DEPTH = 32;

/**
 * End of a thrift struct that starts at byte `from`. Throws if it does not end, or if a text or list claims to be longer than the remaining
 * bytes: the library would allocate the list first.
 */
export function structEnd(view: DataView, from: number, depth = 0): number {
  if (depth > MOST_DEPTH) throw new Error(`its structs are nested more than ${MOST_DEPTH} deep`);
  let at = from;
  for (;;) {
    const header = view.getUint8(at++);
    const kind = header & 0x0f;
    if (kind === 0) return at;
    if (header >> 4 === 0) at = varint(view, at).end;
    if (kind > KIND.false) at = valueEnd(view, at, { kind, depth });
  }
}

function valueEnd(view: DataView, at: number, { kind, depth }: { kind: number; depth: number }): number {
  if (kind <= KIND.byte) return at + 1;
  if (kind <= KIND.int64) return varint(view, at).end;
  if (kind === KIND.double) return at + 8;
  if (kind === KIND.struct) return structEnd(view, at, depth + 1);
  if (kind === KIND.binary) {
    const { value, end } = varint(view, at);
    return end + bounded(view, end, value);
  }
  if (kind !== KIND.list) throw new Error(`it has a value of the unknown kind ${kind}`);
  const header = view.getUint8(at);
  const { value: size, end } = header >> 4 === 15 ? varint(view, at + 1) : { value: header >> 4, end: at + 1 };
  let next = end;
  for (let left = bounded(view, end, size); left > 0; left--) next = valueEnd(view, next, { kind: header & 0x0f, depth: depth + 1 });
  return next;
}

/** Every item has at least one byte. */
function bounded(view: DataView, at: number, count: number): number {
  if (count > view.byteLength - at)
    throw new Error(`${count} bytes or items expected at byte ${at}, but ${view.byteLength - at} bytes follow`);
  return count;
}

/** A variable-length integer, exact below 2 ** 53, and the offset after it. */
export function varint(view: DataView, from: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let i = 0; i < MOST_VARINT_BYTES; i++) {
    const byte = view.getUint8(from + i);
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, end: from + i + 1 };
  }
  throw new Error(`it has a number of more than ${MOST_VARINT_BYTES} bytes`);
}
