import { GraphBuilder } from './builder.ts';
import { TensorProto_DataType, type ModelProto } from './onnx_pb.ts';

/** Input and output of `copyGraph`. */
export const COPY = { from: 'values', to: 'result' } as const;

/**
 * Float32 numbers of any shape of this rank, bit for bit. A session of it is the way from a card to the CPU, and back: the runtime has no
 * other.
 */
export function copyGraph(rank: number): ModelProto {
  const builder = new GraphBuilder();
  const shape = Array.from({ length: rank }, (_, axis) => `axis ${axis}`);
  const { FLOAT } = TensorProto_DataType;
  builder.output(builder.input(COPY.from, FLOAT, shape), { name: COPY.to, type: FLOAT, dims: shape });
  return builder.build();
}
