import assert from 'node:assert/strict';
import { create } from '@bufbuild/protobuf';
import { Tensor } from '../../src/graph/runtime.ts';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { attributeProto, CONTRIB, GraphBuilder, type Attribute, type Value } from '../../src/graph/builder.ts';
import { NodeProtoSchema, TensorProto_DataType, type ModelProto } from '../../src/graph/onnx_pb.ts';
import { lower, type LoweredModel } from '../../src/graph/lowering.ts';
import { copyOf } from '../../src/graph/lowering/rewrite.ts';
import { run } from './run-gradients.ts';

const { FLOAT, INT64, UINT8 } = TensorProto_DataType;

/** A small graph of input x [2, tokens, width] whose output is y. */
export class Small {
  readonly builder = new GraphBuilder();
  readonly feeds: Record<string, Tensor> = {};
  #seed = 1;

  /** A float input whose first axis is free. */
  input(name: string, dims: readonly number[]): Value {
    this.feeds[name] = new Tensor('float32', this.random(dims), [...dims]);
    return this.builder.input(
      name,
      FLOAT,
      dims.map((dim, i) => (i === 0 ? 'batch' : dim)),
    );
  }

  /** An input of whole numbers. */
  whole(name: string, dims: readonly number[], values: readonly number[]): Value {
    this.feeds[name] = new Tensor('int64', BigInt64Array.from(values, BigInt), [...dims]);
    return this.builder.input(name, INT64, dims);
  }

  /** Between -1 and 1, times `scale`. */
  random(dims: readonly number[], scale = 1): Float32Array {
    const random = xoroshiro128plus(this.#seed++);
    return Float32Array.from({ length: dims.reduce((product, dim) => product * dim, 1) }, () => (scale * (random.next() | 0)) / 2 ** 31);
  }

  weight(name: string, ...dims: number[]): Value {
    return this.builder.tensor(name, { dataType: FLOAT, dims, raw: this.random(dims) });
  }

  bytes(name: string, dims: readonly number[], dataType: TensorProto_DataType = UINT8): Value {
    const bytes = Uint8Array.from(this.random(dims), (value) => Math.floor((value + 1) * 127.99));
    return this.builder.tensor(name, { dataType, dims, raw: bytes });
  }

  scales(name: string, ...dims: number[]): Value {
    return this.builder.tensor(name, { dataType: FLOAT, dims, raw: this.random(dims).map((value) => 0.01 + 0.005 * value) });
  }

  contrib(opType: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>> = {}): Value {
    return this.builder.op(opType, inputs, attributes, CONTRIB);
  }

  /** A node with given output names. */
  node(
    opType: string,
    input: readonly Value[],
    output: readonly Value[],
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = '',
  ): void {
    // A contrib node, made and dropped, declares the domain to the builder.
    if (domain !== '') this.builder.collect(() => this.builder.op('Gelu', [], {}, domain));
    this.builder.add(
      create(NodeProtoSchema, {
        name: opType,
        opType,
        domain,
        input: [...input],
        output: [...output],
        attribute: Object.entries(attributes).map(([name, value]) => attributeProto(name, value)),
      }),
    );
  }

  model(y: Value, version = 20n): ModelProto {
    this.builder.output(y, { name: 'y', type: FLOAT, dims: [] });
    const proto = this.builder.build();
    // The rank is unknown.
    proto.graph!.output[0]!.type = undefined;
    proto.opsetImport[0]!.version = version;
    return proto;
  }
}

export interface Expected {
  readonly notes?: readonly string[];
  readonly tolerance?: number;
  readonly version?: bigint;
  /** All operators of the plain graph. */
  readonly ops?: readonly string[];
}

/** Checks that the plain graph gives the same results, with standard operators only. */
export async function check(
  build: (small: Small) => Value,
  { notes = [], tolerance = 1e-4, version, ops }: Expected = {},
): Promise<LoweredModel> {
  const small = new Small();
  const proto = small.model(build(small), version);
  const given = { folder: '.', feeds: small.feeds };
  // The runtime would replace some by products with rounded activations.
  const [theirs] = Object.values(await run(copyOf(proto), ['y'], { ...given, optimised: false }));
  const plain = await lower({ proto, folder: '.', files: [] });
  const [ours] = Object.values(await run(copyOf(plain.model.proto), ['y'], given));
  const { node } = plain.model.proto.graph!;
  assert.deepEqual(
    node.filter(({ domain, opType }) => domain !== '' || /Quant|Integer|NBits|Fused|^Simplified/.test(opType)).map(({ opType }) => opType),
    [],
  );
  assert.deepEqual(ours!.dims, theirs!.dims);
  const [a, b] = [ours!.data as Float32Array, theirs!.data as Float32Array];
  const largest = b.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  assert.ok(largest > 1e-3);
  const worst = a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
  assert.ok(worst <= tolerance * Math.max(1, largest), `off by ${worst} of ${largest}`);
  assert.deepEqual(plain.notes, notes);
  if (ops !== undefined) {
    assert.deepEqual(
      node.map(({ opType }) => opType),
      ops,
    );
  }
  return plain;
}
