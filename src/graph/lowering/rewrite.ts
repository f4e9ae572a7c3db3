import { clone, create } from '@bufbuild/protobuf';
import { HarnessError } from '../../errors.ts';
import { CONTRIB, GraphBuilder, type Attribute, type Value } from '../builder.ts';
import {
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from '../onnx_pb.ts';
import { numbersOf } from './numbers.ts';

/** What a rewrite rule may look at and create. Nodes come in the order of the graph. */
export class Rewrite {
  readonly builder: GraphBuilder;
  readonly folder: string;
  /** Weights by name; those added here are weights of the new graph. */
  readonly weights: Map<Value, TensorProto>;
  readonly producer: ReadonlyMap<Value, NodeProto>;
  readonly readers: ReadonlyMap<Value, readonly NodeProto[]>;
  readonly outputs: ReadonlySet<Value>;
  /** Notes on irreversible changes, without duplicates. */
  readonly notes: Set<string>;
  readonly #shapes: ReadonlyMap<Value, readonly number[]>;

  constructor(model: ModelProto, { folder, notes, shapes = new Map<Value, readonly number[]>() }: RewriteParams) {
    this.builder = GraphBuilder.rewriting(model);
    this.folder = folder;
    this.notes = notes;
    this.#shapes = shapes;
    const { initializer, node, output } = model.graph!;
    this.weights = new Map(initializer.map((tensor) => [tensor.name, tensor]));
    this.producer = new Map(node.flatMap((each) => each.output.filter((name) => name !== '').map((name) => [name, each])));
    const readers = new Map<Value, NodeProto[]>();
    for (const each of node) for (const name of new Set(each.input)) readers.set(name, [...(readers.get(name) ?? []), each]);
    this.readers = readers;
    this.outputs = new Set(output.map(({ name }) => name));
  }

  op(opType: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>> = {}): Value {
    return this.builder.op(opType, inputs, attributes);
  }

  /** A node that produces the tensor `name` of the original graph. */
  as(name: Value, opType: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>> = {}): void {
    this.builder.node(opType, inputs, attributes, { name });
  }

  ints(values: readonly number[] | number): Value {
    return this.builder.ints(values);
  }

  float(value: number): Value {
    return this.builder.float(value);
  }

  /** Elements of a constant; undefined for a computed tensor. */
  numbers(value: Value | undefined): Float32Array<ArrayBuffer> | undefined {
    const tensor = value === undefined ? undefined : this.weights.get(value);
    return tensor === undefined ? undefined : numbersOf(tensor, this.folder);
  }

  /** The single number of a constant. */
  number(value: Value | undefined): number | undefined {
    const tensor = value === undefined ? undefined : this.weights.get(value);
    if (tensor === undefined || tensor.dims.some((dim) => dim !== 1n)) return undefined;
    return numbersOf(tensor, this.folder)[0];
  }

  /** Shape of a weight, or of a tensor in a run of the graph; undefined before a run. */
  dims(value: Value): readonly number[] | undefined {
    return this.weights.get(value)?.dims.map(Number) ?? this.#shapes.get(value);
  }
}

export interface RewriteParams {
  /** Folder of external weights. */
  readonly folder: string;
  readonly notes: Set<string>;
  /** Shapes of tensors in a run of the graph. */
  readonly shapes?: ReadonlyMap<Value, readonly number[]> | undefined;
}

/** Rewrites a node, or returns false to leave it unchanged. */
export type NodeRule = (node: NodeProto, r: Rewrite) => boolean;

/** The model with each node rewritten by the first rule that matches it, including branches. */
export function rewrite(model: ModelProto, rules: readonly NodeRule[], params: RewriteParams): ModelProto {
  const r = new Rewrite(model, params);
  const { builder } = r;
  const each = (node: NodeProto): void => {
    for (const attribute of node.attribute) {
      if (attribute.g !== undefined) attribute.g.node = builder.collect(() => attribute.g!.node.forEach(each));
    }
    if (!rules.some((rule) => builder.within(node.name || node.opType, () => rule(node, r)))) builder.add(node);
  };
  for (const node of model.graph!.node) each(node);
  const made = builder.build();
  const known = new Set(r.weights.keys());
  made.graph!.initializer = [
    ...r.weights.values(),
    ...made.graph!.initializer.filter(({ name }) => !known.has(name) && !model.graph!.initializer.some((old) => old.name === name)),
  ];
  const version = model.opsetImport.find(({ domain }) => domain === '')?.version ?? 0n;
  const [opset] = made.opsetImport;
  if (version > opset!.version) opset!.version = version;
  if (!usesContrib(made.graph!)) made.opsetImport = made.opsetImport.filter(({ domain }) => domain !== CONTRIB);
  for (const other of model.opsetImport) if (!['', CONTRIB, 'ai.onnx'].includes(other.domain)) made.opsetImport.push(other);
  return Object.assign(made, {
    irVersion: model.irVersion > made.irVersion ? model.irVersion : made.irVersion,
    metadataProps: model.metadataProps,
    functions: model.functions,
  });
}

function usesContrib({ node }: GraphProto): boolean {
  return node.some(({ domain, attribute }) => domain === CONTRIB || attribute.some(({ g }) => g !== undefined && usesContrib(g)));
}

/** A copy whose nodes and weights may be changed; elements of weights are shared. */
export function copyOf(model: ModelProto): ModelProto {
  const { graph } = model;
  const { initializer } = graph!;
  const copy = clone(ModelProtoSchema, { ...model, graph: { ...graph!, initializer: [] } });
  copy.graph!.initializer = initializer.map((tensor) =>
    changedTensor(tensor, { externalData: tensor.externalData.map((entry) => ({ ...entry })) }),
  );
  return copy;
}

/**
 * A copy of the tensor with another name or location; its elements are shared. An object spread that includes the type's name would be
 * taken for a complete message, without defaults for missing fields.
 */
export function changedTensor(tensor: TensorProto, changes: Partial<Pick<TensorProto, 'name' | 'externalData'>>): TensorProto {
  const { $typeName: _type, ...fields } = tensor;
  return create(TensorProtoSchema, { ...fields, ...changes });
}

/** A copy of the node with other inputs, attributes, operator. */
export function changed(
  node: NodeProto,
  changes: Partial<Pick<NodeProto, 'name' | 'opType' | 'domain' | 'input' | 'attribute' | 'output'>>,
): NodeProto {
  const { name, opType, domain, input, output, attribute, docString } = node;
  return create(NodeProtoSchema, { name, opType, domain, input, output, attribute, docString, ...changes });
}

export function attributeOf(node: NodeProto, name: string): AttributeProto | undefined {
  return node.attribute.find((each) => each.name === name);
}

export function int(node: NodeProto, name: string, fallback: number): number {
  const found = attributeOf(node, name);
  return found === undefined ? fallback : Number(found.i);
}

export function float(node: NodeProto, name: string, fallback: number): number {
  return attributeOf(node, name)?.f ?? fallback;
}

/** An existing input, or undefined. */
export function inputOf(node: NodeProto, i: number): Value | undefined {
  return node.input[i] === '' ? undefined : node.input[i];
}

export function refuse({ name, opType }: NodeProto, form: string): HarnessError {
  return new HarnessError('GRAPH', {
    where: `node "${name}"`,
    what: `${opType} ${form} is not supported.`,
    hint: 'The encoder cannot be fine-tuned from this file; use a checkpoint (config.json and weights).',
  });
}
