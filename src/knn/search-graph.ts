import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType, AttributeProtoSchema, GraphProtoSchema, ModelProtoSchema, NodeProtoSchema, OperatorSetIdProtoSchema, TensorProto_DataType,
  TensorShapeProto_DimensionSchema, TensorShapeProtoSchema, TypeProto_TensorSchema, TypeProtoSchema, ValueInfoProtoSchema,
  type NodeProto, type ValueInfoProto,
} from '../graph/onnx_pb.ts';
import { SEARCH } from './search-names.ts';

/** The first that has all operators used here in their present form. */
const OPSET = 13n;
const IR_VERSION = 8n;

/** ONNX model: products [m, n] = -2 queries [m, d] · rows [n, d]ᵀ. */
export function searchGraph(): Uint8Array {
  const graph = create(GraphProtoSchema, {
    name: 'search',
    node: [node('Gemm', [SEARCH.queries, SEARCH.rows], [SEARCH.products], [float('alpha', -2), int('transB', 1)])],
    input: [matrix(SEARCH.queries), matrix(SEARCH.rows)],
    output: [matrix(SEARCH.products)],
  });
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
function matrix(name: string): ValueInfoProto {
  const shape = create(TensorShapeProtoSchema, { dim: Array.from({ length: 2 }, () => create(TensorShapeProto_DimensionSchema, {})) });
  const tensorType = create(TypeProto_TensorSchema, { elemType: TensorProto_DataType.FLOAT, shape });
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: 'tensorType', value: tensorType } }) });
}
