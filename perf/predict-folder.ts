import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { CLASSIFIER_RECORD, HEAD_FILE, type ClassifierRecord } from '../src/classifiers/record.ts';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
  type GraphProto,
} from '../src/graph/onnx_pb.ts';
import { embed } from '../src/index.ts';
import { writeSafetensors } from '../src/tensors/write-safetensors.ts';
import { transformersJsFolder } from './weights.ts';

/** Texts and classes that a head is made from. */
export interface Labelled {
  readonly texts: readonly string[];
  readonly labels: readonly string[];
}

/** The logits are this many times the cosines with the class means: only their order matters here. */
const SCALE = 20;

/**
 * all-MiniLM-L6-v2 with a head of class means (the mean vector of each class), as a folder that both can open: a graph with `logits`, and
 * classifier.json with head.safetensors.
 */
export async function classifierFolder(target: string, { texts, labels }: Labelled): Promise<string> {
  if (existsSync(target)) return target;
  const part = `${target}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(path.dirname(target), { recursive: true });
  cpSync(transformersJsFolder(), part, { recursive: true });
  const {
    vectors: [vectors],
  } = await embed({ model: part, texts, poolings: ['mean'], offline: true });
  const { cols, data } = vectors!;
  const classes = [...new Set(labels)].toSorted();
  const weight = new Float32Array(classes.length * cols);
  for (const [i, label] of labels.entries())
    for (let j = 0; j < cols; j++) weight[classes.indexOf(label) * cols + j]! += data[i * cols + j]!;
  for (const c of classes.keys()) {
    const row = weight.subarray(c * cols, (c + 1) * cols);
    const length = Math.hypot(...row);
    for (let j = 0; j < cols; j++) row[j] = (SCALE * row[j]!) / length;
  }
  const bias = new Float32Array(classes.length);
  const record: ClassifierRecord = {
    version: 1,
    kind: 'head',
    classes,
    multiLabel: false,
    pooling: 'mean',
    maxLength: 512,
    neighbours: { k: 5, metric: 'euclidean', votes: 'uniform' },
    temperature: 1,
    dataset: { name: 'trec6', hash: '', labelField: 'coarse' },
  };
  writeFileSync(path.join(part, CLASSIFIER_RECORD), JSON.stringify(record));
  const head = [
    { name: 'head.weight', dtype: 'F32', shape: [classes.length, cols], data: weight },
    { name: 'head.bias', dtype: 'F32', shape: [classes.length], data: bias },
  ] as const;
  writeFileSync(path.join(part, HEAD_FILE), writeSafetensors(head));
  const config = JSON.parse(readFileSync(path.join(part, 'config.json'), 'utf8')) as object;
  const names = Object.fromEntries(classes.map((name, id) => [id, name]));
  writeFileSync(
    path.join(part, 'config.json'),
    JSON.stringify({ ...config, architectures: ['BertForSequenceClassification'], id2label: names }),
  );
  const file = path.join(part, 'onnx', 'model.onnx');
  const proto = fromBinary(ModelProtoSchema, readFileSync(file));
  addLogits(proto.graph!, { weight, bias, cols });
  writeFileSync(file, toBinary(ModelProtoSchema, proto));
  renameSync(part, target);
  return target;
}

interface GraphHead {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  readonly cols: number;
}

/** `logits` = mean of `last_hidden_state` over the tokens of `attention_mask`, times the head. */
function addLogits(graph: GraphProto, { weight, bias, cols }: GraphHead): void {
  const { FLOAT, INT64 } = TensorProto_DataType;
  const constant = (name: string, dataType: TensorProto_DataType, dims: number[], values: Float32Array | BigInt64Array): string => {
    const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    graph.initializer.push(create(TensorProtoSchema, { name, dataType, dims: dims.map(BigInt), rawData }));
    return name;
  };
  const node = (opType: string, input: string[], output: string, integers: Readonly<Record<string, number>> = {}): string => {
    const attribute = Object.entries(integers).map(([name, i]) =>
      create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(i) }),
    );
    graph.node.push(create(NodeProtoSchema, { opType, input, output: [output], attribute, name: `head.${output}` }));
    return output;
  };
  const mask = node('Cast', ['attention_mask'], 'mask.float', { to: FLOAT });
  const axis = constant('head.axis', INT64, [1], BigInt64Array.of(1n));
  const row = node('Unsqueeze', [mask, axis], 'mask.row');
  const sums = node('Squeeze', [node('MatMul', [row, 'last_hidden_state'], 'token.sums'), axis], 'token.sum');
  const mean = node('Div', [sums, node('ReduceSum', [mask, axis], 'token.count', { keepdims: 1 })], 'token.mean');
  const gemm = [mean, constant('head.w', FLOAT, [bias.length, cols], weight), constant('head.b', FLOAT, [bias.length], bias)];
  node('Gemm', gemm, 'logits', { transB: 1 });
  const dim = ['batch_size', bias.length].map((value) =>
    create(TensorShapeProto_DimensionSchema, {
      value: typeof value === 'number' ? { case: 'dimValue', value: BigInt(value) } : { case: 'dimParam', value },
    }),
  );
  const tensor = create(TypeProto_TensorSchema, { elemType: FLOAT, shape: create(TensorShapeProtoSchema, { dim }) });
  const type = create(TypeProtoSchema, { value: { case: 'tensorType', value: tensor } });
  graph.output.push(create(ValueInfoProtoSchema, { name: 'logits', type }));
}
