import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import { clone, create, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { GraphProtoSchema, ModelProtoSchema, TensorProtoSchema, type GraphProto, type ModelProto, type TensorProto } from './onnx_pb.ts';
import { setExternal, type OnnxModel } from './read.ts';
import { pieces, placeOf } from './weight-bytes.ts';

/** Field numbers of onnx.proto3 that the writer uses. */
const MODEL = { graph: 7 } as const;
const GRAPH = { initializer: 5 } as const;
const TENSOR = { rawData: 9 } as const;

/** Maximum size of a protobuf message: above it the weights are written to a separate file. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * Writes a model as one ONNX file with its weights, or as `file` and `file_data` if it would be too large for one. Weights are copied from
 * their file in pieces; none is loaded as a whole. Returns the files' names.
 */
export async function writeModel(model: OnnxModel, file: string, { most = MOST_BYTES }: { most?: number } = {}): Promise<string[]> {
  const size = model.proto.graph!.initializer.reduce(
    (sum, tensor) => sum + (placeOf(tensor, model.folder)?.length ?? tensor.rawData.length) + 1024,
    0,
  );
  return size > most ? writeBeside(model, file) : writeWhole(model, file);
}

async function writeWhole({ proto, folder }: OnnxModel, file: string): Promise<string[]> {
  const frames = proto.graph!.initializer.map((tensor) => ({ tensor, ...frameOf(tensor, folder) }));
  const nodes = toBinary(GraphProtoSchema, withoutWeights(proto.graph!));
  const total = frames.reduce((sum, { before, length }) => sum + before.length + length, nodes.length);
  await writing(file, async (write) => {
    await write(toBinary(ModelProtoSchema, withoutGraph(proto)));
    await write(new BinaryWriter().tag(MODEL.graph, WireType.LengthDelimited).uint32(total).finish());
    await write(nodes);
    for (const { tensor, before, length } of frames) {
      await write(before);
      if (length > 0) await writeBytes(tensor, folder, write);
    }
  });
  return [path.basename(file)];
}

/** The bytes before a tensor's numbers in the graph's message, and the number of bytes of the numbers. */
function frameOf(tensor: TensorProto, folder: string): { before: Uint8Array; length: number } {
  const length = placeOf(tensor, folder)?.length ?? tensor.rawData.length;
  const writer = new BinaryWriter().tag(GRAPH.initializer, WireType.LengthDelimited);
  // Small constants may have their numbers in other fields than rawData.
  if (length === 0) return { before: writer.bytes(toBinary(TensorProtoSchema, tensor)).finish(), length };
  const { name, dataType, dims } = tensor;
  const head = toBinary(TensorProtoSchema, create(TensorProtoSchema, { name, dataType, dims }));
  const raw = new BinaryWriter().tag(TENSOR.rawData, WireType.LengthDelimited).uint32(length).finish();
  return {
    before: writer
      .uint32(head.length + raw.length + length)
      .raw(head)
      .raw(raw)
      .finish(),
    length,
  };
}

function withoutWeights({ name, node, input, output, valueInfo, docString }: GraphProto): GraphProto {
  return create(GraphProtoSchema, { name, node, input, output, valueInfo, docString });
}

function withoutGraph({
  irVersion,
  opsetImport,
  producerName,
  producerVersion,
  docString,
  metadataProps,
  functions,
}: ModelProto): ModelProto {
  return create(ModelProtoSchema, { irVersion, opsetImport, producerName, producerVersion, docString, metadataProps, functions });
}

async function writeBeside({ proto, folder }: OnnxModel, file: string): Promise<string[]> {
  const copy = clone(ModelProtoSchema, proto);
  const location = `${path.basename(file)}_data`;
  let offset = 0;
  await writing(path.join(path.dirname(file), location), async (write) => {
    for (const [i, tensor] of proto.graph!.initializer.entries()) {
      const length = placeOf(tensor, folder)?.length;
      if (length === undefined) continue;
      setExternal(copy.graph!.initializer[i]!, { location, offset, length });
      await writeBytes(tensor, folder, write);
      offset += length;
    }
  });
  await writing(file, (write) => write(toBinary(ModelProtoSchema, copy)));
  return [path.basename(file), location];
}

type Write = (bytes: Uint8Array) => Promise<void>;

async function writeBytes(tensor: TensorProto, folder: string, write: Write): Promise<void> {
  const place = placeOf(tensor, folder);
  if (place === undefined) return write(tensor.rawData);
  // The stream may still hold a piece when the next overwrites it.
  for (const piece of pieces(place)) await write(piece.slice());
}

async function writing(file: string, work: (write: Write) => Promise<void>): Promise<void> {
  const stream: WriteStream = createWriteStream(file);
  const failed = once(stream, 'error').then(([error]) => Promise.reject(error as Error));
  failed.catch(() => {});
  const write: Write = async (bytes) => {
    if (bytes.length > 0 && !stream.write(bytes)) await Promise.race([once(stream, 'drain'), failed]);
  };
  try {
    await work(write);
  } finally {
    stream.end();
    await Promise.race([once(stream, 'close'), failed]);
  }
}
