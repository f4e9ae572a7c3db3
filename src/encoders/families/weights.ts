import path from 'node:path';
import { HarnessError } from '../../errors.ts';
import type { GraphBuilder, Value } from '../../graph/builder.ts';
import { TensorProto_DataType } from '../../graph/onnx_pb.ts';
import { elements, isContiguous, type StoredTensor, type StoredType } from '../../tensors/stored-tensor.ts';
import { readFloats } from '../../tensors/read-floats.ts';
import { unusedWeightsNote } from './unused-weights.ts';
import { oldName } from './encoder-names.ts';

interface Float {
  readonly dataType: TensorProto_DataType;
  readonly bytes: number;
}

/** Element types that the runtime casts to float32 itself. */
const FLOATS: Readonly<Partial<Record<StoredType, Float>>> = {
  f32: { dataType: TensorProto_DataType.FLOAT, bytes: 4 },
  f16: { dataType: TensorProto_DataType.FLOAT16, bytes: 2 },
  bf16: { dataType: TensorProto_DataType.BFLOAT16, bytes: 2 },
  f64: { dataType: TensorProto_DataType.DOUBLE, bytes: 8 },
};
/** Integers used as numbers. */
const INTEGERS: typeof FLOATS = { i8: { dataType: TensorProto_DataType.INT8, bytes: 1 } };

export interface WeightsParams {
  /** By name, without wrappers. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Folder that the graph's external data is relative to. */
  readonly root: string;
  /** Prefix of the encoder's names. */
  readonly prefix: string;
  /** For messages. */
  readonly folder: string;
  /** Weights of another type are stored in the graph as float32 numbers, instead of a reference to the file and a cast. */
  readonly widen?: boolean | undefined;
  /** 8-bit integers are used as numbers: model2vec quantises tables without a scale. */
  readonly integers?: boolean | undefined;
}

/** Rows `from` to `from + count - 1` of a weight. */
export interface RowRange {
  readonly from: number;
  readonly count: number;
}

/** Source of a graph's weights, by the family's own names. */
export interface WeightSource {
  /** Adds the weight to the graph as float32. Throws FORMAT if it is missing or of another shape. */
  add(graph: GraphBuilder, name: string, shape: readonly number[]): Value;
  /** The same in its stored type, which is float32 if `narrow` is false. */
  addStored(graph: GraphBuilder, name: string, shape: readonly number[]): { readonly value: Value; readonly narrow: boolean };
  /** Some rows of a weight of that shape, as float32; undefined if they cannot be read separately. Throws as `add` does. */
  addRows(graph: GraphBuilder, name: string, shape: readonly [rows: number, ...number[]], part: RowRange): Value | undefined;
  /** Shape of a weight in the checkpoint; undefined if it has none. Shows which names a checkpoint uses. */
  shapeOf(name: string): readonly number[] | undefined;
  /** Weights of the checkpoint that the graph does not use. */
  readonly unused: string[];
  /** Human-readable note on them, a sentence: layers that config.json does not refer to. */
  readonly leftOut: string | undefined;
}

/** The weights of an encoder by the family's own names: without prefix, and `LayerNorm.weight` for gamma in the file. */
export class Weights implements WeightSource {
  readonly #params: WeightsParams;
  readonly #prefix: string;
  readonly #used = new Set<string>();
  /** Weights of other types than float32, as cast by the graph. */
  readonly #casts = new Map<string, Value>();
  /** Tensors that the graph cannot refer to, mainly strided views, and where their elements are written when they are read. */
  readonly #copies = new Map<string, { readonly tensor: StoredTensor; readonly into: Float32Array }>();

  constructor(params: WeightsParams) {
    this.#params = params;
    this.#prefix = params.prefix;
  }

  /** Adds the weight to the graph as float32. Throws FORMAT if it is missing or of another shape. The graph is complete after `load`. */
  add(graph: GraphBuilder, name: string, shape: readonly number[]): Value {
    const { value, narrow } = this.addStored(graph, name, shape);
    return narrow ? this.#cast(graph, value) : value;
  }

  addStored(graph: GraphBuilder, name: string, shape: readonly number[]): { value: Value; narrow: boolean } {
    const { tensor, float } = this.#take(name, shape);
    if (!this.#isReadInPlace(tensor, float)) return { value: this.#copy(graph, name, tensor), narrow: false };
    return this.#inPlace(graph, { name, tensor, float, dims: shape, first: 0 });
  }

  addRows(graph: GraphBuilder, name: string, shape: readonly [rows: number, ...number[]], { from, count }: RowRange): Value | undefined {
    const { tensor, float } = this.#take(name, shape);
    if (!this.#isReadInPlace(tensor, float)) return undefined;
    const [, ...inner] = shape;
    const row = inner.reduce((product, size) => product * size, 1);
    const part = { name: `${name}[${from}..${from + count - 1}]`, tensor, float, dims: [count, ...inner], first: from * row };
    const { value, narrow } = this.#inPlace(graph, part);
    return narrow ? this.#cast(graph, value) : value;
  }

  /** Whether the graph can refer to the location in the file. */
  #isReadInPlace(tensor: StoredTensor, { dataType }: Float): boolean {
    const elsewhere = path.dirname(tensor.file) !== this.#params.root;
    const widened = dataType !== TensorProto_DataType.FLOAT && this.#params.widen === true;
    return isContiguous(tensor) && tensor.change === undefined && !elsewhere && !widened;
  }

  /** Elements of a tensor from `first` on. */
  #inPlace(
    graph: GraphBuilder,
    { name, tensor, float, dims, first }: { name: string; tensor: StoredTensor; float: Float; dims: readonly number[]; first: number },
  ): { value: Value; narrow: boolean } {
    const { dataType, bytes } = float;
    const length = dims.reduce((product, size) => product * size, bytes);
    const location = path.relative(this.#params.root, tensor.file);
    const value = graph.external(name, { dataType, dims, location, offset: tensor.offset + first * bytes, length });
    return { value, narrow: dataType !== TensorProto_DataType.FLOAT };
  }

  /** The runtime folds the cast while loading: the file stays the only copy on disk. Layers that share a weight share its cast. */
  #cast(graph: GraphBuilder, value: Value): Value {
    const cast = this.#casts.get(value) ?? graph.outermost(() => graph.op('Cast', [value], { to: TensorProto_DataType.FLOAT }));
    this.#casts.set(value, cast);
    return cast;
  }

  /** Reads what has to be in the graph itself, and nothing else. */
  async load(): Promise<void> {
    for (const { tensor, into } of this.#copies.values()) await readFloats(tensor, into);
  }

  /** The weight at its location in the file, for callers that read it themselves. Throws as `add` does. */
  stored(name: string, shape: readonly number[]): StoredTensor {
    return this.#take(name, shape).tensor;
  }

  shapeOf(name: string): readonly number[] | undefined {
    const full = this.#prefix + name;
    return (this.#params.tensors.get(full) ?? this.#params.tensors.get(oldName(full)))?.shape;
  }

  /** Weights of the checkpoint that the graph does not use: heads, poolers, remains of training. */
  get unused(): string[] {
    return [...this.#params.tensors].filter(([name]) => !this.#used.has(name)).map(([, tensor]) => tensor.name);
  }

  get leftOut(): string | undefined {
    const { prefix, tensors } = this.#params;
    const own = (name: string) => name.slice(prefix.length);
    const unused = [...tensors.keys()].filter((name) => name.startsWith(prefix) && !this.#used.has(name));
    return unusedWeightsNote({ used: new Set([...this.#used].map(own)), unused: unused.map(own) });
  }

  #take(name: string, shape: readonly number[]): { tensor: StoredTensor; float: Float } {
    const tensor = this.#find(name);
    const wanted = `[${shape.join(', ')}]`;
    if (tensor === undefined) {
      throw new HarnessError('FORMAT', {
        where: this.#params.folder,
        what: `The weights lack "${this.#prefix}${name}", expected as ${wanted} by config.json.`,
        hint: 'Check that config.json and the weights belong together and that no shard is missing.',
      });
    }
    if (tensor.shape.length !== shape.length || tensor.shape.some((size, i) => size !== shape[i])) {
      throw new HarnessError('FORMAT', {
        where: tensor.file,
        what: `"${tensor.name}" is [${tensor.shape.join(', ')}], expected ${wanted} by config.json.`,
        hint: 'Check that config.json and the weights belong together.',
      });
    }
    const float = FLOATS[tensor.dtype] ?? (this.#params.integers === true ? INTEGERS[tensor.dtype] : undefined);
    if (float === undefined) {
      throw new HarnessError('FORMAT', {
        where: tensor.file,
        what: `"${tensor.name}" has type ${tensor.dtype}; weights must be floating point.`,
        hint: 'Use the encoder before quantisation, or save it in float32.',
      });
    }
    return { tensor, float };
  }

  #copy(graph: GraphBuilder, name: string, tensor: StoredTensor): Value {
    if (this.#copies.has(name)) return name;
    const into = new Float32Array(elements(tensor.shape));
    this.#copies.set(name, { tensor, into });
    return graph.tensor(name, { dataType: TensorProto_DataType.FLOAT, dims: tensor.shape, raw: into });
  }

  #find(name: string): StoredTensor | undefined {
    const [full, other] = [...new Set([this.#prefix + name, oldName(this.#prefix + name)])].filter((each) =>
      this.#params.tensors.has(each),
    );
    if (full !== undefined) this.#used.add(full);
    if (other !== undefined) {
      throw new HarnessError('FORMAT', {
        where: this.#params.folder,
        what: `Its weights "${full}" and "${other}" are the new and the old name of the same weight; it is ambiguous which one is meant.`,
        hint: 'Save the encoder with one of them.',
      });
    }
    return full === undefined ? undefined : this.#params.tensors.get(full);
  }
}
