import { HarnessError, option } from '../errors.ts';
import { brokenNumberOf, weightError } from '../graph/finite-weights.ts';
import { Tensor } from '../graph/runtime.ts';
import { readTensors, writeTensors } from '../tensors/tensor-file.ts';
import type { EncoderStep, WeightGradient } from './encoder-step.ts';
import type { Parameter } from './objective.ts';
import { AdamW } from './optimiser/adamw.ts';
import { ParameterBuffer } from './optimiser/parameter-buffer.ts';
import { uniform } from './seeds.ts';
import type { Trainable } from './trainable.ts';
import { requireTrainingMemory } from './training-memory.ts';
import type { StateFiles, TrainerParams } from './trainer-params.ts';

interface Parts {
  readonly params: TrainerParams;
  readonly trainable: Trainable;
  /** Determines which weights the vectors depend on; these are trained. */
  readonly step: EncoderStep;
  /** The objective's parameters. */
  readonly parameters: readonly Parameter[];
}

/** The weights of an encoder in training, the objective's parameters, and their optimiser state. */
export class TrainedParameters {
  readonly buffer: ParameterBuffer;
  readonly optimiser: AdamW;
  /** Every weight and every parameter of the objective, as fed to runs: those that are trained are in the buffer. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly #parameters: readonly Parameter[];

  private constructor({ params, trainable, step, parameters }: Parts, buffer: ParameterBuffer, tensors: ReadonlyMap<string, Tensor>) {
    this.buffer = buffer;
    this.tensors = tensors;
    this.#parameters = parameters;
    const vectorLike = (tensor: string) => buffer.dims(tensor).length < 2;
    this.optimiser = new AdamW(buffer, {
      weightDecay: params.weightDecay,
      noDecay: params.decayMatricesOnly ? vectorLike : undefined,
      ignoreRows: paddingRows(step, trainable.paddingRow(params.padId)),
    });
  }

  /** Reads the weights. Throws FORMAT if a trained one contains NaN or infinity, and as `requireTrainingMemory` does. */
  static async open(parts: Parts): Promise<TrainedParameters> {
    const {
      params: { files, denseEmbeddings, seed, memory },
      trainable,
      step,
      parameters,
    } = parts;
    const dims = new Map(trainable.weights.map((weight) => [weight.name, weight]));
    const reached = new Set(step.gradients.map(({ weight }) => weight));
    requireTrainingMemory({
      where: files.name,
      weights: trainable.weights.map(({ dims: shape }) => shape),
      trained: step.gradients.filter((gradient) => denseEmbeddings || !isTable(gradient)).map(({ weight }) => dims.get(weight)!.dims),
      memory,
    });
    const buffer = new ParameterBuffer({
      tensors: [
        ...step.gradients.map((gradient) => ({ name: gradient.weight, dims: dims.get(gradient.weight)!.dims, sparse: isTable(gradient) })),
        ...parameters.map(({ name, dims: own }) => ({ name, dims: own })),
      ],
      dense: denseEmbeddings,
      accumulate: true,
    });
    const weights = new Map<string, Tensor>();
    for (const { name, label, dims: shapeOf, initial } of trainable.weights) {
      const values = await initial();
      // Weights that do not contribute to the vectors, such as those after a truncation, are not checked.
      const value = reached.has(name) ? brokenNumberOf(values) : undefined;
      if (value !== undefined) throw weightError(files.name, { name: label, value, file: '' });
      if (reached.has(name)) buffer.weight(name).set(values);
      weights.set(name, new Tensor('float32', reached.has(name) ? buffer.weight(name) : values, shapeOf));
    }
    const random = uniform(seed);
    for (const { name, dims: own, initial } of parameters) {
      buffer.weight(name).set(initial(random));
      weights.set(name, new Tensor('float32', buffer.weight(name), own));
    }
    return new TrainedParameters(parts, buffer, weights);
  }

  /** Copies of the values of the objective's parameters. */
  ofObjective(): Record<string, Float32Array> {
    return Object.fromEntries(this.#parameters.map(({ name }) => [name, this.buffer.weight(name).slice()]));
  }

  /** Writes all weights, and with `moments` the optimiser's state, as safetensors. */
  async save({ weights, moments }: StateFiles): Promise<void> {
    await writeTensors(
      weights,
      [...this.tensors].map(([name, { dims, data }]) => ({ name, dims, data: data as Float32Array })),
    );
    if (moments !== undefined) {
      await writeTensors(
        moments,
        [...this.optimiser.save()].map(([name, data]) => ({ name, dims: [data.length], data })),
      );
    }
  }

  /** Resumes from what `save` wrote. Throws FORMAT if it is of another encoder or objective. */
  async restore({ weights, moments }: StateFiles): Promise<void> {
    const values = await readTensors(weights);
    for (const [name, { data }] of this.tensors) {
      const then = values.get(name);
      if (then?.length !== data.length)
        throw new HarnessError('FORMAT', {
          where: weights,
          what: `It has no "${name}" of ${data.length} numbers.`,
          hint: `It belongs to another encoder or objective: use another folder, or ${option('overwrite')}.`,
        });
      (data as Float32Array).set(then);
    }
    if (moments !== undefined) this.optimiser.restore(await readTensors(moments));
  }
}

/** Only looked up: its gradient is by rows. */
function isTable({ dense, rows }: WeightGradient): boolean {
  return dense === undefined && rows.length > 0;
}

/** torch's padding_idx: the padding token's row of the token table has no gradient. */
function paddingRows({ gradients }: EncoderStep, row: number | undefined): Record<string, number> {
  if (row === undefined) return {};
  const tables = gradients.filter(({ weight, rows }) => rows.length > 0 && /word_embeddings|tok_embeddings|embed_tokens/.test(weight));
  return Object.fromEntries(tables.map(({ weight }) => [weight, row]));
}
