import { closeSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { HarnessError } from '../errors.ts';
import type { TensorProto } from './onnx_pb.ts';

/** Where a tensor's bytes are, when they are in a file; undefined where the graph itself holds them. */
export interface BytesPlace {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

export function placeOf(tensor: TensorProto, folder: string): BytesPlace | undefined {
  const value = (key: string) => tensor.externalData.find((entry) => entry.key === key)?.value;
  const location = value('location');
  return location === undefined ? undefined : { file: path.join(folder, location), offset: Number(value('offset')), length: Number(value('length')) };
}

/** The bytes of a place in pieces of at most `piece` bytes, each overwritten by the next. Throws FORMAT where the file has become shorter. */
export function* pieces({ file, offset, length }: BytesPlace, piece = 1 << 22): Generator<Uint8Array<ArrayBuffer>> {
  const buffer = new Uint8Array(Math.min(piece, length));
  const handle = openSync(file, 'r');
  try {
    for (let done = 0; done < length; ) {
      const want = Math.min(buffer.length, length - done);
      for (let at = 0; at < want; ) {
        const count = readSync(handle, buffer, at, want - at, offset + done + at);
        if (count === 0) throw new HarnessError('FORMAT', { where: file, what: 'It became shorter while it was read.', mend: 'Fetch it again.' });
        at += count;
      }
      done += want;
      yield buffer.subarray(0, want);
    }
  } finally {
    closeSync(handle);
  }
}

/** All elements of a float32 weight. */
export function readFloat32(tensor: TensorProto, folder: string): Float32Array<ArrayBuffer> {
  const place = placeOf(tensor, folder);
  if (place === undefined) return new Float32Array(new Uint8Array(tensor.rawData).buffer);
  const bytes = new Uint8Array(place.length);
  let at = 0;
  for (const part of pieces(place)) {
    bytes.set(part, at);
    at += part.length;
  }
  return new Float32Array(bytes.buffer);
}
