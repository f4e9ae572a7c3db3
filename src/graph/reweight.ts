import path from 'node:path';
import { create } from '@bufbuild/protobuf';
import { TensorProto_DataType, TensorProtoSchema, type TensorProto } from './onnx_pb.ts';
import { setExternal, type OnnxModel } from './read.ts';
import type { BytesPlace } from './weight-bytes.ts';

/** The model with other values for some weights, float32, each at the location in `places`. Its other weights are kept. */
export function reweight({ proto, folder, files }: OnnxModel, places: ReadonlyMap<string, BytesPlace>): OnnxModel {
  // Locations may be anywhere, but must be relative to one folder.
  const { root } = path.parse(folder);
  for (const tensor of proto.graph!.initializer) relocate(tensor, folder, root);
  proto.graph!.initializer = proto.graph!.initializer.map((tensor) => {
    const place = places.get(tensor.name);
    if (place === undefined) return tensor;
    const fresh = create(TensorProtoSchema, { name: tensor.name, dataType: TensorProto_DataType.FLOAT, dims: tensor.dims });
    setExternal(fresh, { location: path.relative(root, place.file), offset: place.offset, length: place.length });
    return fresh;
  });
  return { proto, folder: root, files };
}

function relocate({ externalData }: TensorProto, from: string, to: string): void {
  for (const entry of externalData) if (entry.key === 'location') entry.value = path.relative(to, path.resolve(from, entry.value));
}
