import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType, AttributeProtoSchema, GraphProtoSchema, ModelProtoSchema, NodeProtoSchema, OperatorSetIdProtoSchema, TensorProto_DataType,
  TensorShapeProto_DimensionSchema, TensorShapeProtoSchema, TypeProto_TensorSchema, TypeProtoSchema, ValueInfoProtoSchema,
  type NodeProto, type ValueInfoProto,
} from '../graph/onnx_pb.ts';

/** The first that has all operators used here in their present form. */
const OPSET = 13n;
const IR_VERSION = 8n;

/** Names of inputs and outputs. */
export const SEARCH = { queries: 'queries', rows: 'rows', squares: 'squares', count: 'count', scores: 'scores', values: 'values', indices: 'indices' } as const;

/**
 * ONNX model: scores [m, n] = squares [n] - 2 queries [m, d] · rows [n, d]ᵀ, which is the squared distance less the
 * query's own squared length. With `top`, the outputs are the `count` lowest of each query, ascending, and their
 * places: values, indices [m, count].
 */
export function searchGraph({ top }: { top: boolean }): Uint8Array {
  const nodes = [node('Gemm', [SEARCH.queries, SEARCH.rows, SEARCH.squares], [SEARCH.scores], [float('alpha', -2), int('transB', 1)])];
  const inputs = [
    tensor(SEARCH.queries, TensorProto_DataType.FLOAT, 2),
    tensor(SEARCH.rows, TensorProto_DataType.FLOAT, 2),
    tensor(SEARCH.squares, TensorProto_DataType.FLOAT, 1),
  ];
  let outputs = [tensor(SEARCH.scores, TensorProto_DataType.FLOAT, 2)];
  if (top) {
    nodes.push(
      node('TopK', [SEARCH.scores, SEARCH.count], [SEARCH.values, 'wide'], [int('largest', 0), int('sorted', 1)]),
      node('Cast', ['wide'], [SEARCH.indices], [int('to', TensorProto_DataType.INT32)]),
    );
    inputs.push(tensor(SEARCH.count, TensorProto_DataType.INT64, 1));
    outputs = [tensor(SEARCH.values, TensorProto_DataType.FLOAT, 2), tensor(SEARCH.indices, TensorProto_DataType.INT32, 2)];
  }
  const graph = create(GraphProtoSchema, { name: 'search', node: nodes, input: inputs, output: outputs });
  const opsetImport = [create(OperatorSetIdProtoSchema, { domain: '', version: OPSET })];
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: IR_VERSION, opsetImport, graph }));
}

type Attribute = NodeProto['attribute'][number];

function node(opType: string, input: string[], output: string[], attribute: Attribute[]): NodeProto {
  return create(NodeProtoSchema, { name: output[0]!, opType, input, output, attribute });
}

function int(name: string, value: number): Attribute {
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) });
}

function float(name: string, value: number): Attribute {
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.FLOAT, f: value });
}

/** Dimensions are free. */
function tensor(name: string, elemType: TensorProto_DataType, dims: number): ValueInfoProto {
  const shape = create(TensorShapeProtoSchema, { dim: Array.from({ length: dims }, () => create(TensorShapeProto_DimensionSchema, {})) });
  const tensorType = create(TypeProto_TensorSchema, { elemType, shape });
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: 'tensorType', value: tensorType } }) });
}
