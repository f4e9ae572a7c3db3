import type { Value } from '../../graph/builder.ts';
import { TensorProto_DataType } from '../../graph/onnx_pb.ts';
import type { TextGraph } from './text-graph.ts';

/** Row of a table of relative positions for each distance. A distance is query position - key position. */
export interface DistanceRows {
  /** Larger distances take the row of this one, or of its negative. */
  readonly reach: number;
  /** For -reach to reach. */
  readonly rows: readonly number[];
}

export function distanceRows(reach: number, row: (distance: number) => number): DistanceRows {
  return { reach, rows: Array.from({ length: 2 * reach + 1 }, (_, i) => row(i - reach)) };
}

export interface Buckets {
  /** Number of buckets, 4 or more. */
  readonly buckets: number;
  /** From here on all distances are in one bucket; more than a quarter of the buckets. */
  readonly maxDistance: number;
}

/**
 * Bucket of a distance: one for each short distance, then logarithmically wider ones up to `maxDistance` (Raffel et al.
 * 2020, T5, bidirectional). The upper half of the buckets is for keys that follow the query.
 */
export function halvedBucket(distance: number, { buckets, maxDistance }: Buckets): number {
  const half = Math.floor(buckets / 2);
  const exact = Math.floor(half / 2);
  const from = distance < 0 ? half : 0;
  const length = Math.abs(distance);
  if (length < exact) return from + length;
  // In float32 at each step, as in the reference: rounding determines a bucket's edge.
  const share = Math.fround(Math.fround(Math.log(Math.fround(length / exact))) / Math.fround(Math.log(maxDistance / exact)));
  return from + Math.min(half - 1, exact + Math.trunc(Math.fround(share * (half - exact))));
}

/**
 * Signed bucket of a distance (He et al. 2021, DeBERTa; the reference's make_log_bucket_position): short distances are unchanged, longer
 * ones are compressed logarithmically so that `maxDistance` - 1 becomes `buckets` - 1.
 */
export function logBucket(distance: number, { buckets, maxDistance }: Buckets): number {
  const middle = Math.floor(buckets / 2);
  const length = Math.abs(distance);
  if (length <= middle) return distance;
  const whole = Math.fround(Math.log(Math.fround((maxDistance - 1) / middle)));
  const share = Math.fround(Math.fround(Math.log(Math.fround(length / middle))) / whole);
  return Math.sign(distance) * (Math.ceil(Math.fround(share * (middle - 1))) + middle);
}

/**
 * The distances of a batch's tokens, in a graph. What depends on a distance is computed once for each of the 2 * tokens distances, as a
 * row, and `shift` then moves every row to its distance: nothing is gathered token by token.
 */
export class Distances {
  readonly #graph: TextGraph;
  /** Rows of the distances tokens, tokens - 1, … 1 - tokens: int64 [2 * tokens]. */
  readonly falling: Value;
  /** Rows of the distances -tokens, 1 - tokens, … tokens - 1: int64 [2 * tokens]. */
  readonly rising: Value;
  readonly #parted: Value;

  constructor(graph: TextGraph, { reach, rows }: DistanceRows) {
    this.#graph = graph;
    const ints = (values: readonly number[] | number) => graph.builder.ints(values);
    const { tokens } = graph.sizes;
    const count = graph.op('Squeeze', [tokens]);
    const distances = graph.op('Clip', [graph.op('Range', [graph.op('Neg', [count]), count, ints(1)]), ints(-reach), ints(reach)]);
    const table = graph.builder.tensor('distance_rows', {
      dataType: TensorProto_DataType.INT64,
      dims: [rows.length],
      raw: BigInt64Array.from(rows, BigInt),
    });
    const at = (place: Value) => graph.op('Gather', [table, place]);
    this.rising = at(graph.add(distances, ints(reach)));
    this.falling = at(graph.op('Sub', [ints(reach), distances]));
    this.#parted = graph.shapeOf(0, 0, tokens, graph.op('Sub', [graph.add(tokens, tokens), ints([1])]));
  }

  /**
   * [a, b, tokens, 2 * tokens] -> [a, b, tokens, tokens]: column tokens + k - t of row t becomes column k. If the columns are falling
   * distances, row t and column k hold the distance t - k; if they are rising ones, k - t. (Dai et al. 2019, Transformer-XL, appendix B.)
   */
  shift(values: Value): Value {
    const graph = this.#graph;
    const { tokens } = graph.sizes;
    const { builder } = graph;
    const flat = graph.reshape(values, 0, 0, -1);
    const late = graph.op('Slice', [flat, tokens, builder.ints([Number.MAX_SAFE_INTEGER]), builder.ints([2])]);
    const parted = graph.op('Reshape', [late, this.#parted]);
    return graph.op('Slice', [parted, builder.ints([0]), tokens, builder.ints([3])]);
  }
}

/** The distances of T5 and MPNet, by bucket. */
export function bucketedDistances(graph: TextGraph, buckets: Buckets): Distances {
  return new Distances(
    graph,
    distanceRows(buckets.maxDistance, (distance) => halvedBucket(distance, buckets)),
  );
}

/** The bias that a layer adds to its scores by distance: from the table `name` [rows, heads], as [1, heads, tokens, tokens]. */
export function distanceBias(
  graph: TextGraph,
  { distances, name, rows, heads }: { distances: Distances; name: string; rows: number; heads: number },
): Value {
  const {
    builder,
    sizes: { tokens },
  } = graph;
  const byDistance = graph.op('Transpose', [graph.lookUp(distances.falling, name, { rows, width: heads })], { perm: [1, 0] });
  const repeated = graph.op('Expand', [graph.op('Unsqueeze', [byDistance, builder.ints([0, 2])]), graph.shapeOf(1, 1, tokens, 1)]);
  return distances.shift(repeated);
}
