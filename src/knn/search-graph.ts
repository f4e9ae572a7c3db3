import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from '../graph/onnx_pb.ts';
import { GROUP, QUERY_GROUP, SEARCH } from './search-names.ts';

/** The first opset that has all operators used here in their current form. */
const OPSET = 13n;
const IR_VERSION = 8n;

/** The graphs of a search. */
export interface SearchGraphs {
  /** Products [m, n] = -2 queries [m, d] · rows [n, d]ᵀ, and for each query the minimum scores of groups of rows [m, n / GROUP]. */
  readonly oneSided: Uint8Array;
  /** The same, and for each row the minimum scores of groups of queries [m / QUERY_GROUP, n]. */
  readonly mutual: Uint8Array;
}

/**
 * Groups are strided: row i is in group i modulo n / GROUP, likewise for queries, so that the runtime takes elementwise minima of whole
 * vectors. The score of a row for a query is their product plus the row's squared length; that of a query for a row uses the query's.
 */
export function searchGraphs(): SearchGraphs {
  const shapes = { rows: shape('row groups', [0, GROUP, -1]), queries: shape('query groups', [QUERY_GROUP, -1]) };
  const toRows = [
    node('Gemm', [SEARCH.queries, SEARCH.rows], [SEARCH.products], [float('alpha', -2), int('transB', 1)]),
    node('Add', [SEARCH.products, SEARCH.rowSquares], ['row scores'], []),
    node('Reshape', ['row scores', 'row groups'], ['grouped rows'], []),
    node('ReduceMin', ['grouped rows'], [SEARCH.rowMinima], [ints('axes', [1]), int('keepdims', 0)]),
  ];
  const toQueries = [
    node('Add', [SEARCH.products, SEARCH.querySquares], ['query scores'], []),
    node('Reshape', ['query scores', 'query groups'], ['grouped queries'], []),
    node('ReduceMin', ['grouped queries'], [SEARCH.queryMinima], [ints('axes', [0]), int('keepdims', 0)]),
  ];
  const inputs = [SEARCH.queries, SEARCH.rows, SEARCH.rowSquares].map((name) => tensor(name, 2));
  const outputs = [SEARCH.products, SEARCH.rowMinima].map((name) => tensor(name, 2));
  return {
    oneSided: model(toRows, { inputs, outputs, shapes: [shapes.rows] }),
    mutual: model([...toRows, ...toQueries], {
      inputs: [...inputs, tensor(SEARCH.querySquares, 2)],
      outputs: [...outputs, tensor(SEARCH.queryMinima, 1)],
      shapes: [shapes.rows, shapes.queries],
    }),
  };
}

interface GraphParts {
  readonly inputs: readonly ValueInfoProto[];
  readonly outputs: readonly ValueInfoProto[];
  readonly shapes: readonly TensorProto[];
}

function model(nodes: readonly NodeProto[], { inputs, outputs, shapes }: GraphParts): Uint8Array {
  const graph = create(GraphProtoSchema, {
    name: 'search',
    node: [...nodes],
    input: [...inputs],
    output: [...outputs],
    initializer: [...shapes],
  });
  const opsetImport = [create(OperatorSetIdProtoSchema, { domain: '', version: OPSET })];
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: IR_VERSION, opsetImport, graph }));
}

function shape(name: string, values: readonly number[]): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: TensorProto_DataType.INT64,
    dims: [BigInt(values.length)],
    int64Data: values.map(BigInt),
  });
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

function ints(name: string, values: readonly number[]): Attribute {
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INTS, ints: values.map(BigInt) });
}

/** Dimensions are dynamic. */
function tensor(name: string, rank: number): ValueInfoProto {
  const free = create(TensorShapeProtoSchema, { dim: Array.from({ length: rank }, () => create(TensorShapeProto_DimensionSchema, {})) });
  const tensorType = create(TypeProto_TensorSchema, { elemType: TensorProto_DataType.FLOAT, shape: free });
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: 'tensorType', value: tensorType } }) });
}
