import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { GraphProtoSchema, ModelProtoSchema, TensorProtoSchema, type ModelProto, type TensorProto } from './onnx_pb.ts';

/** Field numbers of onnx.proto3. */
const MODEL = { graph: 7 } as const;
const GRAPH = { initializer: 5 } as const;
const TENSOR = { rawData: 9 } as const;

/**
 * A model as one message, with references to external weights. The library serialises nested messages into temporary buffers, so that 8-bit
 * weights would be in memory three times; here they are copied once.
 */
export function modelBytes(proto: ModelProto): Uint8Array<ArrayBuffer> {
  const { graph, ...rest } = proto;
  const parts = graph!.initializer.flatMap(tensorParts);
  const nodes = toBinary(GraphProtoSchema, { ...graph!, initializer: [] });
  const length = parts.reduce((sum, part) => sum + part.length, nodes.length);
  const all = [
    toBinary(ModelProtoSchema, { ...rest, graph: undefined }),
    new BinaryWriter().tag(MODEL.graph, WireType.LengthDelimited).uint32(length).finish(),
    nodes,
    ...parts,
  ];
  const bytes = new Uint8Array(all.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of all) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A weight as a field of the graph: the bytes before its numbers, and the numbers. */
function tensorParts(tensor: TensorProto): Uint8Array[] {
  const { rawData, name, dataType, dims } = tensor;
  const writer = new BinaryWriter().tag(GRAPH.initializer, WireType.LengthDelimited);
  if (rawData.length === 0) return [writer.bytes(toBinary(TensorProtoSchema, tensor)).finish()];
  const head = toBinary(TensorProtoSchema, create(TensorProtoSchema, { name, dataType, dims }));
  const raw = new BinaryWriter().tag(TENSOR.rawData, WireType.LengthDelimited).uint32(rawData.length).finish();
  return [
    writer
      .uint32(head.length + raw.length + rawData.length)
      .raw(head)
      .raw(raw)
      .finish(),
    rawData,
  ];
}
