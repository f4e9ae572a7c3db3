import { closeSync, fstatSync, openSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { create, fromBinary } from '@bufbuild/protobuf';
import { HarnessError, reason } from '../errors.ts';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  TensorProtoSchema,
  type ModelProto,
  type TensorProto,
} from './onnx_pb.ts';
import { WIRE, WireReader } from './wire.ts';

/** Smaller weights are read with the graph: shapes, axes and scalars that code looks at. */
const INLINE_BYTES = 1024;

/** Field numbers of onnx.proto3 that the reader uses. */
const MODEL = { graph: 7 } as const;
const GRAPH = { initializer: 5 } as const;
const TENSOR = { rawData: 9 } as const;

/**
 * An ONNX model as a value. Large weights stay in the file: each is an external tensor with file, offset and length, whether in the model's
 * own file or in another. So a model is a few kilobytes, whatever its weights are, and an edited copy can be run from memory without
 * writing or loading them.
 */
export interface OnnxModel {
  readonly proto: ModelProto;
  /** Folder that the locations of external tensors are relative to, with links resolved. */
  readonly folder: string;
  /** The model's own file and those with its external weights, absolute, with links resolved. */
  readonly files: readonly string[];
}

/**
 * Reads `file`, skipping its weights. Throws FORMAT for a file that is truncated, is not an ONNX file, or names external data outside its
 * folder; SOURCE if it cannot be opened.
 */
export async function readModel(file: string): Promise<OnnxModel> {
  // Hub caches contain links into a folder of blobs: locations must be resolved, or the runtime rejects them as outside the folder.
  const real = await realpath(file).catch((error: unknown) => {
    throw cannotOpen(file, error);
  });
  const handle = await openFile(real, file);
  let proto: ModelProto;
  try {
    const { size } = fstatSync(handle);
    proto = readProto(new WireReader({ file: handle, size, path: file }), { size, location: path.basename(real), file });
  } finally {
    closeSync(handle);
  }
  const folder = path.dirname(real);
  const names = await resolveExternal(proto, { file, real });
  return { proto, folder, files: names.map((name) => path.join(folder, name)) };
}

async function openFile(real: string, file: string): Promise<number> {
  if (!(await stat(real)).isFile()) throw cannotOpen(file, new Error('it is not a file'));
  try {
    return openSync(real, 'r');
  } catch (error) {
    throw cannotOpen(file, error);
  }
}

function cannotOpen(file: string, error: unknown): HarnessError {
  return new HarnessError('SOURCE', { where: file, what: `The ONNX file cannot be opened (${reason(error)}).` }, { cause: error });
}

interface Where {
  readonly size: number;
  readonly location: string;
  readonly file: string;
}

function readProto(reader: WireReader, { size, location, file }: Where): ModelProto {
  const modelFields: Span[] = [];
  const graphFields: Span[] = [];
  const initializers: TensorProto[] = [];
  let graphs = 0;
  eachField(reader, size, (field, start, length) => {
    if (field !== MODEL.graph) return keep(reader, { start, length, spans: modelFields });
    graphs++;
    eachField(reader, reader.position + length, (inner, innerStart, innerLength) => {
      if (inner !== GRAPH.initializer) return keep(reader, { start: innerStart, length: innerLength, spans: graphFields });
      initializers.push(readTensor(reader, innerLength, { size, location, file }));
    });
  });
  if (graphs !== 1) throw noModel(file, 'it holds no graph');
  try {
    const proto = fromBinary(ModelProtoSchema, gather(reader, modelFields));
    proto.graph = fromBinary(GraphProtoSchema, gather(reader, graphFields));
    proto.graph.initializer = initializers;
    if (proto.graph.node.length === 0) throw new Error('its graph has no node');
    return proto;
  } catch (error) {
    throw noModel(file, reason(error), error);
  }
}

function readTensor(reader: WireReader, length: number, { location, file }: Where): TensorProto {
  const fields: Span[] = [];
  let raw: { offset: number; length: number } | undefined;
  eachField(reader, reader.position + length, (field, start, inner) => {
    if (field === TENSOR.rawData && inner > INLINE_BYTES) {
      raw = { offset: reader.position, length: inner };
      reader.skip(inner);
    } else {
      keep(reader, { start, length: inner, spans: fields });
    }
  });
  let tensor: TensorProto;
  try {
    tensor = fromBinary(TensorProtoSchema, gather(reader, fields));
  } catch (error) {
    throw noModel(file, `a weight cannot be read: ${reason(error)}`, error);
  }
  if (raw !== undefined) setExternal(tensor, { location, ...raw });
  return tensor;
}

/** Calls `visit` for each field, with the reader at its value; `visit` must leave the reader after it. */
function eachField(reader: WireReader, end: number, visit: (field: number, start: number, length: number) => void): void {
  for (;;) {
    const start = reader.position;
    const tag = reader.tag(end);
    if (tag === undefined) return;
    const length = reader.valueLength(tag.wire, end);
    visit(tag.wire === WIRE.bytes ? tag.field : -tag.field, start, length);
  }
}

/** Bytes of the file that are read together: separate buffers per field would take many times the memory of a short one. */
interface Span {
  readonly from: number;
  to: number;
}

/** Records a whole field from its tag on; the reader is at its value, `length` bytes before its end, and after it afterwards. */
function keep(reader: WireReader, { start, length, spans }: { start: number; length: number; spans: Span[] }): void {
  reader.skip(length);
  const last = spans.at(-1);
  if (last?.to === start) last.to = reader.position;
  else spans.push({ from: start, to: reader.position });
}

/** The bytes of the spans, one after the other; the reader's position is not changed. */
function gather(reader: WireReader, spans: readonly Span[]): Uint8Array {
  const { position } = reader;
  const parts = spans.map(({ from, to }) => {
    reader.position = from;
    return reader.bytes(to - from);
  });
  reader.position = position;
  return concat(parts);
}

export function setExternal(tensor: TensorProto, { location, offset, length }: { location: string; offset: number; length: number }): void {
  tensor.dataLocation = TensorProto_DataLocation.EXTERNAL;
  tensor.externalData = Object.entries({ location, offset: String(offset), length: String(length) }).map(([key, value]) =>
    create(StringStringEntryProtoSchema, { key, value }),
  );
}

/**
 * External files are next to the model: their names are checked, and links resolved relative to the model's real location. Returns all
 * names, the model's own first.
 */
async function resolveExternal(proto: ModelProto, { file, real }: { file: string; real: string }): Promise<string[]> {
  const resolved = new Map<string, string>([[path.basename(real), path.basename(real)]]);
  for (const tensor of proto.graph?.initializer ?? []) {
    const entry = tensor.externalData.find(({ key }) => key === 'location');
    if (entry === undefined) {
      if (tensor.dataLocation !== TensorProto_DataLocation.EXTERNAL) continue;
      throw noModel(file, `weight "${tensor.name}" is in an external file that it does not name`);
    }
    let name = resolved.get(entry.value);
    if (name === undefined) {
      name = await externalFile(entry.value, { file, real });
      resolved.set(entry.value, name);
    }
    entry.value = name;
    await checkExtent(tensor, path.join(path.dirname(real), name), { file, location: name });
  }
  return [...new Set(resolved.values())];
}

async function checkExtent(tensor: TensorProto, target: string, { file, location }: { file: string; location: string }): Promise<void> {
  const end = byteCount(tensor, 'offset', file) + byteCount(tensor, 'length', file);
  const { size } = await stat(target);
  if (end > size) {
    throw new HarnessError('FORMAT', {
      where: file,
      what: `Weight "${tensor.name}" ends at byte ${end} of ${location}, which has ${size}: it is truncated.`,
      hint: 'Download it again.',
    });
  }
}

function byteCount(tensor: TensorProto, key: 'offset' | 'length', file: string): number {
  const value = tensor.externalData.find((entry) => entry.key === key)?.value ?? '0';
  if (!/^\d+$/.test(value)) throw noModel(file, `weight "${tensor.name}" has the ${key} "${value}", which is not a number of bytes`);
  return Number(value);
}

async function externalFile(location: string, { file, real }: { file: string; real: string }): Promise<string> {
  const beside = path.relative(path.dirname(file), path.resolve(path.dirname(file), location));
  if (path.isAbsolute(location) || beside.startsWith('..')) {
    throw new HarnessError('FORMAT', {
      where: file,
      what: `Its external weights "${location}" are outside its folder.`,
      hint: 'Encrypted files are not supported.',
    });
  }
  const target = await realpath(path.resolve(path.dirname(file), location)).catch((error: unknown) => {
    throw new HarnessError(
      'FORMAT',
      {
        where: file,
        what: `Its external weights "${location}" were not found.`,
        hint: `Put ${location} next to it.`,
      },
      { cause: error },
    );
  });
  if (!(await stat(target)).isFile()) {
    throw new HarnessError('FORMAT', {
      where: file,
      what: `Its external weights "${location}" are not a file.`,
      hint: 'Download or export it again.',
    });
  }
  const name = path.relative(path.dirname(real), target);
  if (name.startsWith('..')) {
    throw new HarnessError('FORMAT', {
      where: file,
      what: `"${location}" links outside the folder of the model.`,
      hint: 'Put both files into one folder.',
    });
  }
  return name;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

function noModel(file: string, why: string, cause?: unknown): HarnessError {
  return new HarnessError(
    'FORMAT',
    { where: file, what: `This is not an ONNX model: ${why}.`, hint: 'Download or export it again.' },
    { cause },
  );
}
