import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from '../src/graph/onnx_pb.ts';
import { setExternal } from '../src/graph/read.ts';

export interface TinyOptions {
  readonly layers?: number;
  /** Width of a hidden state. */
  readonly width?: number;
  /** Layer norm as one operator, or spelled out as older exporters do. */
  readonly norm?: 'fused' | 'spelled';
  /** Norm after the residual (BERT) or before each block (ModernBERT). */
  readonly placement?: 'post' | 'pre';
  /** Attention as com.microsoft's MultiHeadAttention, or as two products around a softmax. */
  readonly attention?: 'plain' | 'fused';
  /** Output of the graph: token vectors, or only the scores of a head. */
  readonly output?: 'tokens' | 'masked-lm' | 'pooled';
  readonly opset?: number;
  /** Dynamic 8-bit quantisation of the first feed-forward product's input. */
  readonly quantised?: boolean;
  readonly seed?: number;
  /** Weights in an external file. */
  readonly external?: boolean;
}

const HEADS = 2;
const POSITIONS = 40;
export const TINY_VOCABULARY = [
  '[PAD]',
  '[UNK]',
  '[CLS]',
  '[SEP]',
  ...'abcdefghijklmnopqrstuvwxyz'.split('').flatMap((c) => [c, `##${c}`]),
  'what',
  'who',
  'where',
  'is',
  'the',
  '?',
  '.',
  "'",
];

type Attributes = Record<string, bigint | bigint[] | number>;

/** A BERT-like encoder with seeded random weights; hidden state i is the tensor `h<i>`. */
export function tinyModel({
  layers = 2,
  width = 16,
  norm = 'fused',
  placement = 'post',
  attention = 'plain',
  output = 'tokens',
  opset = 17,
  quantised = false,
  seed = 1,
}: TinyOptions = {}): ModelProto {
  const nodes: NodeProto[] = [];
  const weights: TensorProto[] = [];
  const random = xoroshiro128plus(seed);
  let names = 0;
  const uniform = () => ((random.next() >>> 0) / 2 ** 32 - 0.5) * 0.8;

  const weight = (dims: number[], of: () => number = uniform): string => {
    const name = `w${weights.length}`;
    const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, of);
    weights.push(
      create(TensorProtoSchema, {
        name,
        dataType: TensorProto_DataType.FLOAT,
        dims: dims.map(BigInt),
        rawData: new Uint8Array(data.buffer),
      }),
    );
    return name;
  };
  const integers = (values: number[], dims = [values.length]): string => {
    const name = `w${weights.length}`;
    weights.push(
      create(TensorProtoSchema, { name, dataType: TensorProto_DataType.INT64, dims: dims.map(BigInt), int64Data: values.map(BigInt) }),
    );
    return name;
  };
  const node = (opType: string, input: string[], attributes: Attributes = {}, name = `t${names++}`, domain = ''): string => {
    const attribute = Object.entries(attributes).map(([key, value]) => {
      if (Array.isArray(value)) return create(AttributeProtoSchema, { name: key, type: AttributeProto_AttributeType.INTS, ints: value });
      if (typeof value === 'number') return create(AttributeProtoSchema, { name: key, type: AttributeProto_AttributeType.FLOAT, f: value });
      return create(AttributeProtoSchema, { name: key, type: AttributeProto_AttributeType.INT, i: value });
    });
    nodes.push(create(NodeProtoSchema, { opType, input, output: [name], attribute, domain, name: `node.${name}` }));
    return name;
  };
  const layerNorm = (x: string, name?: string): string => {
    const [scale, bias] = [weight([width], () => 1 + uniform()), weight([width])];
    if (norm === 'fused') return node('LayerNormalization', [x, scale, bias], { axis: -1n, epsilon: 1e-12 }, name);
    const mean = (input: string) => node('ReduceMean', [input], { axes: [-1n], keepdims: 1n });
    const centred = node('Sub', [x, mean(x)]);
    const variance = mean(node('Pow', [centred, weight([], () => 2)]));
    const deviation = node('Sqrt', [node('Add', [variance, weight([], () => 1e-12)])]);
    return node('Add', [node('Mul', [node('Div', [centred, deviation]), scale]), bias], {}, name);
  };
  const project = (x: string, from: number, to: number): string => node('Add', [node('MatMul', [x, weight([from, to])]), weight([to])]);
  const attend = (x: string): string => {
    const [q, k, v] = [project(x, width, width), project(x, width, width), project(x, width, width)];
    if (attention === 'fused')
      return project(node('MultiHeadAttention', [q, k, v], { num_heads: BigInt(HEADS) }, undefined, 'com.microsoft'), width, width);
    const heads = (t: string) =>
      node('Transpose', [node('Reshape', [t, integers([0, 0, HEADS, width / HEADS])])], { perm: [0n, 2n, 1n, 3n] });
    const scores = node('MatMul', [heads(q), node('Transpose', [heads(k)], { perm: [0n, 1n, 3n, 2n] })]);
    const shares = node('Softmax', [node('Add', [node('Div', [scores, weight([], () => Math.sqrt(width / HEADS))]), 'mask'])], {
      axis: -1n,
    });
    const joined = node('Reshape', [
      node('Transpose', [node('MatMul', [shares, heads(v)])], { perm: [0n, 2n, 1n, 3n] }),
      integers([0, 0, width]),
    ]);
    return project(joined, width, width);
  };
  const feedForward = (x: string): string => {
    let inner = x;
    if (quantised) {
      nodes.push(
        create(NodeProtoSchema, {
          opType: 'DynamicQuantizeLinear',
          input: [x],
          output: [`${x}.q`, `${x}.scale`, `${x}.zero`],
          name: `quantise.${x}`,
        }),
      );
      inner = node('DequantizeLinear', [`${x}.q`, `${x}.scale`, `${x}.zero`]);
    }
    return project(node('Tanh', [project(inner, width, 2 * width)]), 2 * width, width);
  };

  const mask = node('Unsqueeze', [node('Cast', ['attention_mask'], { to: BigInt(TensorProto_DataType.FLOAT) }), integers([1, 2])]);
  node('Mul', [node('Sub', [weight([], () => 1), mask]), weight([], () => -10000)], {}, 'mask');
  const lookUp = (rows: number, ids: string) => node('Gather', [weight([rows, width]), ids]);
  const tokens = node('Gather', [node('Shape', ['input_ids']), integers([1], [])]);
  const positions = node('Range', [integers([0], []), tokens, integers([1], [])]);
  const embedded = node('Add', [
    node('Add', [lookUp(TINY_VOCABULARY.length, 'input_ids'), lookUp(2, 'token_type_ids')]),
    lookUp(POSITIONS, positions),
  ]);
  let x = layerNorm(embedded, 'h0');
  for (let layer = 1; layer <= layers; layer++) {
    const state = `h${layer}`;
    if (placement === 'post') {
      const attended = layerNorm(node('Add', [x, attend(x)]));
      x = layerNorm(node('Add', [attended, feedForward(attended)]), state);
    } else {
      const attended = node('Add', [x, attend(layerNorm(x))]);
      const last = layer === layers;
      x = node('Add', [attended, feedForward(layerNorm(attended))], {}, last ? undefined : state);
      if (last) x = layerNorm(x, state);
    }
  }
  let result: { name: string; dims: (string | number)[] };
  if (output === 'tokens')
    result = { name: node('Identity', [x], {}, 'last_hidden_state'), dims: ['batch_size', 'sequence_length', width] };
  else if (output === 'masked-lm')
    result = {
      name: node('MatMul', [layerNorm(node('Tanh', [project(x, width, width)])), weight([width, 60])], {}, 'logits'),
      dims: ['batch_size', 'sequence_length', 60],
    };
  else result = { name: node('ReduceMean', [x], { axes: [1n], keepdims: 0n }, 'sentence_embedding'), dims: ['batch_size', width] };

  return create(ModelProtoSchema, {
    irVersion: 8n,
    producerName: 'embedding-bench tests',
    opsetImport: [
      ['', opset],
      ['com.microsoft', 1],
    ].map(([domain, version]) => create(OperatorSetIdProtoSchema, { domain: String(domain), version: BigInt(version!) })),
    graph: create(GraphProtoSchema, {
      name: 'tiny',
      node: nodes,
      initializer: weights,
      input: ['input_ids', 'attention_mask', 'token_type_ids'].map((name) =>
        described(name, TensorProto_DataType.INT64, ['batch_size', 'sequence_length']),
      ),
      output: [described(result.name, TensorProto_DataType.FLOAT, result.dims)],
    }),
  });
}

export function described(name: string, elemType: TensorProto_DataType, dims: readonly (string | number)[]) {
  const dim = dims.map((value) =>
    create(TensorShapeProto_DimensionSchema, {
      value: typeof value === 'number' ? { case: 'dimValue', value: BigInt(value) } : { case: 'dimParam', value },
    }),
  );
  const tensor = create(TypeProto_TensorSchema, { elemType, shape: create(TensorShapeProtoSchema, { dim }) });
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: 'tensorType', value: tensor } }) });
}

/** A WordPiece tokenizer over letters and a few words, with truncation and padding baked in, which must not count. */
export function tinyTokenizer(): object {
  return {
    version: '1.0',
    truncation: { max_length: 5, strategy: 'LongestFirst', stride: 0, direction: 'Right' },
    padding: { strategy: { Fixed: 5 }, direction: 'Right', pad_to_multiple_of: null, pad_id: 0, pad_type_id: 0, pad_token: '[PAD]' },
    added_tokens: ['[PAD]', '[UNK]', '[CLS]', '[SEP]'].map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: '[CLS]', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '[SEP]', type_id: 0 } },
      ],
      pair: [],
      special_tokens: { '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] }, '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] } },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(TINY_VOCABULARY.map((token, id) => [token, id])),
    },
  };
}

/** Writes an encoder folder: model.onnx, tokenizer.json, config.json. Returns the folder. */
export function writeTinyEncoder(folder: string, options: TinyOptions = {}): string {
  mkdirSync(folder, { recursive: true });
  const proto = tinyModel(options);
  if (options.external === true) {
    const parts: Uint8Array[] = [];
    let offset = 0;
    for (const tensor of proto.graph!.initializer) {
      if (tensor.rawData.length === 0) continue;
      const { rawData } = tensor;
      parts.push(rawData);
      setExternal(tensor, { location: 'model.onnx_data', offset, length: rawData.length });
      tensor.dataLocation = TensorProto_DataLocation.EXTERNAL;
      tensor.rawData = new Uint8Array();
      offset += rawData.length;
    }
    writeFileSync(path.join(folder, 'model.onnx_data'), Buffer.concat(parts));
  }
  writeFileSync(path.join(folder, 'model.onnx'), toBinary(ModelProtoSchema, proto));
  writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify(tinyTokenizer()));
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ model_type: 'bert', max_position_embeddings: POSITIONS }));
  return folder;
}
