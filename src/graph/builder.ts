import { create } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProtoSchema,
  TensorProto_DataType,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './onnx_pb.ts';
import { setExternal } from './read.ts';

/** A tensor of a graph, represented by its name. */
export type Value = string;

/** Integers are written as ints; a float attribute is marked by `{ float }`. */
export type Attribute = number | readonly number[] | string | { readonly float: number } | GraphProto;

/** First opset with Gelu as one operator; everything else used here is older. */
export const OPSET = 20n;
const IR_VERSION = 9n;
/** The runtime's own operators: fused attention and similar. */
export const CONTRIB = 'com.microsoft';

/** Bytes of a file with a tensor's elements, row-major. */
export interface ExternalTensor {
  readonly dataType: TensorProto_DataType;
  readonly dims: readonly number[];
  /** Relative to the model's folder. */
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

interface Scope {
  readonly nodes: NodeProto[];
}

/**
 * Writes an ONNX graph node by node. Names are paths through the model ("layer.0/attention/query"), so that messages of the runtime,
 * profiles and viewers are readable; equal constants are shared.
 */
export class GraphBuilder {
  readonly #initializers = new Map<string, TensorProto>();
  readonly #constants = new Map<string, Value>();
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];
  readonly #taken = new Set<string>();
  readonly #path: string[] = [];
  /** The main graph, outside all branches. */
  #whole: Scope = { nodes: [] };
  #scope: Scope = this.#whole;
  #contrib = false;
  readonly #opset: bigint;

  constructor({ opset = OPSET }: { readonly opset?: bigint } = {}) {
    this.#opset = opset;
  }

  /** A builder that extends a model: its nodes, weights, inputs and outputs are kept, and its opset if that is later. */
  static from({ graph, opsetImport }: ModelProto): GraphBuilder {
    const stated = opsetImport.find(({ domain }) => domain === '')?.version ?? OPSET;
    const builder = new GraphBuilder({ opset: stated > OPSET ? stated : OPSET });
    const { node, initializer, input, output } = graph!;
    builder.#scope = builder.#whole = { nodes: [...node] };
    for (const tensor of initializer) builder.#initializers.set(tensor.name, tensor);
    builder.#inputs.push(...input);
    builder.#outputs.push(...output);
    for (const { name } of [...initializer, ...input]) builder.#taken.add(name);
    for (const { name, output: made } of node) for (const each of [name, ...made]) builder.#taken.add(each);
    builder.#contrib = opsetImport.some(({ domain }) => domain === CONTRIB);
    return builder;
  }

  /** The same without the model's nodes, to write them again: their names stay reserved. */
  static rewriting(model: ModelProto): GraphBuilder {
    const builder = GraphBuilder.from(model);
    builder.#scope = builder.#whole = { nodes: [] };
    return builder;
  }

  /** Adds a node unchanged. */
  add(node: NodeProto): void {
    this.#scope.nodes.push(node);
  }

  /** The nodes created by `make`, which are not added to the graph itself. */
  collect(make: () => void): NodeProto[] {
    const outer = this.#scope;
    this.#scope = { nodes: [] };
    try {
      make();
      return this.#scope.nodes;
    } finally {
      this.#scope = outer;
    }
  }

  input(name: string, type: TensorProto_DataType, dims: readonly (string | number)[]): Value {
    this.#taken.add(name);
    this.#inputs.push(describe(name, type, dims));
    return name;
  }

  /** Makes a value an output of the graph, under another name. */
  output(value: Value, { name, type, dims }: { name: string; type: TensorProto_DataType; dims: readonly (string | number)[] }): void {
    if (value !== name) this.node('Identity', [value], {}, { name });
    this.#outputs.push(describe(name, type, dims));
  }

  /** Names everything created inside `make` below `part`. */
  within<T>(part: string, make: () => T): T {
    this.#path.push(part);
    try {
      return make();
    } finally {
      this.#path.pop();
    }
  }

  /** What `make` creates is outside the current branch, so that nodes in other branches may read it, too. */
  outermost<T>(make: () => T): T {
    const inner = this.#scope;
    this.#scope = this.#whole;
    try {
      return make();
    } finally {
      this.#scope = inner;
    }
  }

  /** A node with one output. An omitted input is ''. */
  op(opType: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>> = {}, domain = ''): Value {
    return this.node(opType, inputs, attributes, { domain });
  }

  /** A node with several outputs. */
  ops(opType: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>>, outputs: number, domain = ''): Value[] {
    const name = this.#fresh(opType);
    const output = Array.from({ length: outputs }, (_, i) => `${name}.${i}`);
    this.#push({ opType, inputs, attributes, domain, output, name });
    return output;
  }

  node(
    opType: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, Attribute>>,
    { name, domain = '' }: { name?: string; domain?: string } = {},
  ): Value {
    const output = name ?? this.#fresh(opType);
    this.#push({ opType, inputs, attributes, domain, output: [output], name: output });
    return output;
  }

  /** int64 constant; a plain number is a scalar. */
  ints(values: readonly number[] | number): Value {
    const data = BigInt64Array.from([values].flat().map(BigInt));
    return this.#constant(`i:${typeof values === 'number' ? 's' : 'v'}:${data.join(',')}`, () => ({
      dataType: TensorProto_DataType.INT64,
      dims: typeof values === 'number' ? [] : [data.length],
      raw: data,
    }));
  }

  /** float32 scalar. */
  float(value: number): Value {
    return this.#constant(`f:${value}`, () => ({ dataType: TensorProto_DataType.FLOAT, dims: [], raw: Float32Array.of(value) }));
  }

  /** A constant of any shape, stored in the graph. */
  tensor(name: string, { dataType, dims, raw }: { dataType: TensorProto_DataType; dims: readonly number[]; raw: ArrayBufferView }): Value {
    const proto = create(TensorProtoSchema, {
      name,
      dataType,
      dims: dims.map(BigInt),
      rawData: new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength) as Uint8Array<ArrayBuffer>,
    });
    return this.#initializer(proto);
  }

  /** A weight that stays in its file. */
  external(name: string, { dataType, dims, location, offset, length }: ExternalTensor): Value {
    const proto = create(TensorProtoSchema, { name, dataType, dims: dims.map(BigInt) });
    setExternal(proto, { location, offset, length });
    return this.#initializer(proto);
  }

  /** If: both branches return the same number of values, and may read everything created before. */
  branch(condition: Value, { yes, no }: { yes: () => Value[]; no: () => Value[] }): Value[] {
    const name = this.#fresh('If');
    const body = (part: string, make: () => Value[]): GraphProto => {
      const outer = this.#scope;
      this.#scope = { nodes: [] };
      try {
        const results = this.within(part, make);
        // An output of a branch must be created in it.
        const output = results.map((value) => this.op('Identity', [value]));
        return create(GraphProtoSchema, {
          name: `${name}.${part}`,
          node: this.#scope.nodes,
          output: output.map((value) => create(ValueInfoProtoSchema, { name: value })),
        });
      } finally {
        this.#scope = outer;
      }
    };
    const [thenBranch, elseBranch] = [body('then', yes), body('else', no)];
    const output = thenBranch.output.map((_, i) => `${name}.${i}`);
    this.#push({
      opType: 'If',
      inputs: [condition],
      attributes: { then_branch: thenBranch, else_branch: elseBranch },
      domain: '',
      output,
      name,
    });
    return output;
  }

  build(): ModelProto {
    const opsetImport = [create(OperatorSetIdProtoSchema, { domain: '', version: this.#opset })];
    if (this.#contrib) opsetImport.push(create(OperatorSetIdProtoSchema, { domain: CONTRIB, version: 1n }));
    const graph = create(GraphProtoSchema, {
      name: 'encoder',
      node: this.#scope.nodes,
      initializer: [...this.#initializers.values()],
      input: this.#inputs,
      output: this.#outputs,
    });
    return create(ModelProtoSchema, { irVersion: IR_VERSION, opsetImport, producerName: 'embedding-bench', graph });
  }

  #constant(key: string, make: () => { dataType: TensorProto_DataType; dims: number[]; raw: ArrayBufferView }): Value {
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const value = this.tensor(this.#fresh('constant'), make());
    this.#constants.set(key, value);
    return value;
  }

  #initializer(proto: TensorProto): Value {
    if (!this.#initializers.has(proto.name)) this.#initializers.set(proto.name, proto);
    return proto.name;
  }

  /** An unused name below the current path. */
  #fresh(opType: string): string {
    const base = [...this.#path, opType].join('/');
    let name = base;
    for (let i = 1; this.#taken.has(name); i++) name = `${base}_${i}`;
    this.#taken.add(name);
    return name;
  }

  #push({
    opType,
    inputs,
    attributes,
    domain,
    output,
    name,
  }: {
    opType: string;
    inputs: readonly Value[];
    attributes: Readonly<Record<string, Attribute>>;
    domain: string;
    output: string[];
    name: string;
  }): void {
    if (domain === CONTRIB) this.#contrib = true;
    const attribute = Object.entries(attributes).map(([key, value]) => attributeProto(key, value));
    this.#scope.nodes.push(create(NodeProtoSchema, { name, opType, domain, input: [...inputs], output, attribute }));
  }
}

export function attributeProto(name: string, value: Attribute): AttributeProto {
  if (typeof value === 'number') return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) });
  if (typeof value === 'string')
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.STRING, s: new TextEncoder().encode(value) });
  if (Array.isArray(value))
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INTS, ints: (value as readonly number[]).map(BigInt) });
  if ('float' in value) return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.FLOAT, f: value.float });
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.GRAPH, g: value as GraphProto });
}

/** Description of a tensor; a named dimension is dynamic. */
function describe(name: string, elemType: TensorProto_DataType, dims: readonly (string | number)[]): ValueInfoProto {
  const shape = create(TensorShapeProtoSchema, {
    dim: dims.map((dim) =>
      create(TensorShapeProto_DimensionSchema, {
        value: typeof dim === 'number' ? { case: 'dimValue', value: BigInt(dim) } : { case: 'dimParam', value: dim },
      }),
    ),
  });
  const tensorType = create(TypeProto_TensorSchema, { elemType, shape });
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: 'tensorType', value: tensorType } }) });
}
