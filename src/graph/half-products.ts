import { create } from '@bufbuild/protobuf';
import { attributeProto, type Value } from './builder.ts';
import { NodeProtoSchema, TensorProto_DataType, type ModelProto, type NodeProto } from './onnx_pb.ts';

const PRODUCTS: ReadonlySet<string> = new Set(['MatMul', 'Gemm']);

export interface HalfProducts {
  /** Which products; default: all. */
  readonly isHalf?: ((node: NodeProto) => boolean) | undefined;
  /**
   * For a device without products in float16, such as the CPU: the runtime computes them in float32, and takes a cast to float16 and back
   * for nothing, unless another operator is between the two.
   */
  readonly emulated?: boolean | undefined;
}

/**
 * Computes matrix products in float16: their inputs are cast to it, each tensor once, and their results back to float32, in which
 * everything else is computed. Numbers above 65504 become infinite. Changes the model.
 */
export function halfProducts({ graph }: ModelProto, { isHalf = () => true, emulated = false }: HalfProducts = {}): void {
  const halves = new Map<Value, Value>();
  const nodes: NodeProto[] = [];
  const cast = (input: Value, output: Value, to: TensorProto_DataType) =>
    nodes.push(
      create(NodeProtoSchema, {
        name: `${output}/cast`,
        opType: 'Cast',
        input: [input],
        output: [output],
        attribute: [attributeProto('to', to)],
      }),
    );
  const half = (value: Value): Value => {
    if (value === '' || halves.has(value)) return halves.get(value) ?? '';
    const name = `${value}/half`;
    cast(value, name, TensorProto_DataType.FLOAT16);
    halves.set(value, kept(name));
    return halves.get(value)!;
  };
  const kept = (value: Value): Value => {
    if (!emulated) return value;
    const name = `${value}/kept`;
    nodes.push(create(NodeProtoSchema, { name, opType: 'Concat', input: [value], output: [name], attribute: [attributeProto('axis', 0)] }));
    return name;
  };
  for (const node of graph!.node) {
    if (node.domain !== '' || !PRODUCTS.has(node.opType) || !isHalf(node)) {
      nodes.push(node);
      continue;
    }
    const [result] = node.output as [Value];
    const input = node.input.map(half);
    nodes.push(create(NodeProtoSchema, { ...node, input, output: [`${result}/of halves`] }));
    cast(kept(`${result}/of halves`), result, TensorProto_DataType.FLOAT);
  }
  graph!.node = nodes;
}
