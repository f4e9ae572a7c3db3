import { Tensor } from '../graph/runtime.ts';
import { readTensors, writeTensors } from '../tensors/tensor-file.ts';
import { HostGradients } from './host-gradients.ts';
import type { Parameter } from './objective.ts';
import { AdamW } from './optimiser/adamw.ts';
import { ParameterBuffer } from './optimiser/parameter-buffer.ts';
import {
  initialTensors,
  isTable,
  optimiserOptions,
  savedWeight,
  trainedTensors,
  type ParameterParts,
  type TrainedParameters,
} from './trained-parameters.ts';
import { requireTrainingMemory } from './training-memory.ts';
import type { StateFiles } from './trainer-params.ts';

/** Parameters in the machine's memory, updated by kernels in WebAssembly. A session on a device gets copies of them in every run. */
export class HostParameters implements TrainedParameters {
  /** Those that are trained are in the buffer. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly gradients: HostGradients;
  readonly #buffer: ParameterBuffer;
  readonly #optimiser: AdamW;
  readonly #parameters: readonly Parameter[];

  private constructor(parts: ParameterParts, buffer: ParameterBuffer, tensors: ReadonlyMap<string, Tensor>) {
    this.tensors = tensors;
    this.#buffer = buffer;
    this.#parameters = parts.parameters;
    this.#optimiser = new AdamW(buffer, optimiserOptions(parts));
    this.gradients = new HostGradients(buffer, this.#optimiser, parts.lossScale);
  }

  /** Reads the weights. Throws as `initialTensors` and `requireTrainingMemory` do. */
  static async open(parts: ParameterParts): Promise<HostParameters> {
    const {
      params: { files, denseEmbeddings, memory },
      trainable,
      step,
    } = parts;
    const dims = new Map(trainable.weights.map((weight) => [weight.name, weight]));
    requireTrainingMemory({
      where: files.name,
      weights: trainable.weights.map(({ dims: shape }) => shape),
      trained: step.gradients.filter((gradient) => denseEmbeddings || !isTable(gradient)).map(({ weight }) => dims.get(weight)!.dims),
      memory,
    });
    const buffer = new ParameterBuffer({
      tensors: trainedTensors(parts).map(({ name, dims: shape, table }) => ({ name, dims: shape, sparse: table })),
      dense: denseEmbeddings,
      accumulate: true,
    });
    const tensors = new Map<string, Tensor>();
    for await (const { name, dims: shape, values, trained } of initialTensors(parts)) {
      if (trained) buffer.weight(name).set(values);
      tensors.set(name, new Tensor('float32', trained ? buffer.weight(name) : values, shape));
    }
    return new HostParameters(parts, buffer, tensors);
  }

  ofObjective(): Promise<Record<string, Float32Array>> {
    return Promise.resolve(Object.fromEntries(this.#parameters.map(({ name }) => [name, this.#buffer.weight(name).slice()])));
  }

  async save({ weights, moments }: StateFiles): Promise<void> {
    await writeTensors(
      weights,
      [...this.tensors].map(([name, { dims, data }]) => ({ name, dims, data: data as Float32Array })),
    );
    if (moments !== undefined) {
      await writeTensors(
        moments,
        [...this.#optimiser.save()].map(([name, data]) => ({ name, dims: [data.length], data })),
      );
    }
  }

  async restore({ weights, moments }: StateFiles): Promise<void> {
    const values = await readTensors(weights);
    for (const [name, { data }] of this.tensors) (data as Float32Array).set(savedWeight(weights, values, name, data.length));
    if (moments !== undefined) this.#optimiser.restore(await readTensors(moments));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
