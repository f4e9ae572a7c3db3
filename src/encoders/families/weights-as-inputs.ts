import type { GraphBuilder, Value } from '../../graph/builder.ts';
import { TensorProto_DataType } from '../../graph/onnx_pb.ts';
import type { StoredTensor } from '../../tensors/stored-tensor.ts';
import type { Weights, WeightSource } from './weights.ts';

/** Weights that are inputs of the graph, float32 whatever their stored type: training changes them from run to run. */
export class WeightsAsInputs implements WeightSource {
  /** Those used by the graph, by name. */
  readonly asked = new Map<string, StoredTensor>();
  readonly #weights: Weights;

  constructor(weights: Weights) {
    this.#weights = weights;
  }

  add(graph: GraphBuilder, name: string, shape: readonly number[]): Value {
    if (this.asked.has(name)) return name;
    this.asked.set(name, this.#weights.stored(name, shape));
    return graph.input(name, TensorProto_DataType.FLOAT, shape);
  }

  addStored(graph: GraphBuilder, name: string, shape: readonly number[]): { value: Value; narrow: boolean } {
    return { value: this.add(graph, name, shape), narrow: false };
  }

  addRows(): undefined {
    return undefined; // An input cannot be split.
  }

  shapeOf(name: string): readonly number[] | undefined {
    return this.#weights.shapeOf(name);
  }

  get unused(): string[] {
    return this.#weights.unused;
  }

  get leftOut(): string | undefined {
    return this.#weights.leftOut;
  }
}
