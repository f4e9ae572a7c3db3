import { TensorProto_DataType, type NodeProto, type TensorProto } from './onnx_pb.ts';
import type { OnnxModel } from './read.ts';
import { topologyOf, type Topology } from './topology.ts';

/** The table of token vectors, if a hidden state is nothing but a lookup in it. */
export interface TokenTable {
  /** [tokens, width]: float32, float64, float16, bfloat16 or int8. */
  readonly table: TensorProto;
  /** [tokens, 1] float32: factor of each row; undefined for 1. */
  readonly scales: TensorProto | undefined;
}

/** Types that rows can be read in. */
const READ: ReadonlySet<number> = new Set([
  TensorProto_DataType.FLOAT,
  TensorProto_DataType.DOUBLE,
  TensorProto_DataType.FLOAT16,
  TensorProto_DataType.BFLOAT16,
  TensorProto_DataType.INT8,
]);

/**
 * The table that a hidden state is looked up in by `input_ids`, if its rows are only widened and multiplied by one number each: then
 * vectors can be computed without running the graph. undefined otherwise.
 */
export function tokenTable({ proto }: OnnxModel, state: string): TokenTable | undefined {
  const topology = topologyOf(proto.graph!);
  const node = producerOf(topology, state);
  if (node?.opType !== 'Mul') return asTable(lookedUp(topology, node));
  const [table, scales] = node.input.map((name) => lookedUp(topology, producerOf(topology, name)));
  if (scales === undefined || scales.dims.length !== 2 || scales.dims[1] !== 1n || scales.dataType !== TensorProto_DataType.FLOAT)
    return undefined;
  const found = asTable(table);
  return found !== undefined && found.table.dims[0] === scales.dims[0] ? { ...found, scales } : undefined;
}

function asTable(table: TensorProto | undefined): TokenTable | undefined {
  return table?.dims.length === 2 && READ.has(table.dataType) ? { table, scales: undefined } : undefined;
}

/** The tensor of a Gather of whole rows by the ids. */
function lookedUp(topology: Topology, node: NodeProto | undefined): TensorProto | undefined {
  if (node?.opType !== 'Gather' || node.input[1] !== 'input_ids') return undefined;
  if (node.attribute.some(({ name, i }) => name === 'axis' && i !== 0n)) return undefined;
  return topology.initializers.get(rootOf(topology, node.input[0]!));
}

/** The node that produces a value, across names and casts to float32. */
function producerOf(topology: Topology, name: string): NodeProto | undefined {
  return topology.producer.get(rootOf(topology, name));
}

function rootOf({ producer }: Topology, name: string): string {
  let root = name;
  for (let node = producer.get(root); node !== undefined && (node.opType === 'Identity' || widens(node)); node = producer.get(root))
    root = node.input[0]!;
  return root;
}

function widens({ opType, attribute }: NodeProto): boolean {
  return opType === 'Cast' && attribute.some(({ name, i }) => name === 'to' && i === BigInt(TensorProto_DataType.FLOAT));
}
