import type { Tensor } from '../../graph/runtime.ts';
import { readTensors, writeTensors, type FloatTensor } from '../../tensors/tensor-file.ts';
import { elements } from '../../tensors/stored-tensor.ts';
import type { Parameter } from '../objective.ts';
import {
  initialTensors,
  optimiserOptions,
  savedWeight,
  trainedTensors,
  type ParameterParts,
  type TrainedParameters,
} from '../trained-parameters.ts';
import type { StateFiles } from '../trainer-params.ts';
import { CardAdamW } from './card-adamw.ts';
import { CardGradients } from './card-gradients.ts';
import { release, Card } from './card.ts';

/**
 * Parameters on a graphics card, where they stay: weights, gradients and moments come down only when they are saved. Weights and moments
 * take 12 bytes a parameter of the card's memory, gradients 4, and an update for a moment up to 256 MB besides, or three times the largest
 * table. Only with WebGPU: onnxruntime's Node binding keeps no tensors on other devices, where every run gets copies (HostParameters).
 */
export class CardParameters implements TrainedParameters {
  readonly gradients: CardGradients;
  readonly #card: Card;
  readonly #optimiser: CardAdamW;
  readonly #weights: Map<string, Tensor>;
  readonly #parameters: readonly Parameter[];

  private constructor(
    parts: ParameterParts,
    { card, optimiser, weights }: { card: Card; optimiser: CardAdamW; weights: Map<string, Tensor> },
  ) {
    this.#card = card;
    this.#optimiser = optimiser;
    this.#weights = weights;
    this.#parameters = parts.parameters;
    const {
      params: { denseEmbeddings },
      lossScale,
    } = parts;
    this.gradients = new CardGradients({ card, optimiser, tensors: trainedTensors(parts), denseEmbeddings, lossScale });
  }

  /**
   * Copies the weights to the card, one by one. Throws as `initialTensors` does; TRAINING if they do not fit; OPTION if there is no card,
   * or none that can compute in the precision asked for.
   */
  static async open(parts: ParameterParts): Promise<CardParameters> {
    const { files, threads, device, mixedPrecision } = parts.params;
    const card = new Card({ name: files.name, threads, device });
    if (mixedPrecision !== undefined) await card.requireHalves();
    const weights = new Map<string, Tensor>();
    try {
      for await (const { name, dims, values } of initialTensors(parts)) weights.set(name, await card.up(values, dims));
      const optimiser = await CardAdamW.open(card, { tensors: trainedTensors(parts), weights, options: optimiserOptions(parts) });
      return new CardParameters(parts, { card, optimiser, weights });
    } catch (error) {
      // The thread, and with it the card's memory, is that of other encoders, too.
      release(weights.values());
      await card.close();
      throw error;
    }
  }

  get tensors(): ReadonlyMap<string, Tensor> {
    return this.#weights;
  }

  async ofObjective(): Promise<Record<string, Float32Array>> {
    const values: Record<string, Float32Array> = {};
    for (const { name } of this.#parameters) values[name] = await this.#card.down(this.#weights.get(name)!);
    return values;
  }

  async save({ weights, moments }: StateFiles): Promise<void> {
    const tensors: FloatTensor[] = [];
    for (const [name, tensor] of this.#weights) tensors.push({ name, dims: tensor.dims, data: await this.#card.down(tensor) });
    await writeTensors(weights, tensors);
    if (moments === undefined) return;
    await writeTensors(
      moments,
      [...(await this.#optimiser.save())].map(([name, data]) => ({ name, dims: [data.length], data })),
    );
  }

  async restore({ weights, moments }: StateFiles): Promise<void> {
    const values = await readTensors(weights);
    const saved = [...this.#weights].map(([name, { dims }]) => ({ name, dims, data: savedWeight(weights, values, name, elements(dims)) }));
    for (const { name, dims, data } of saved) {
      const next = await this.#card.up(data, dims);
      release([this.#weights.get(name)!]);
      this.#weights.set(name, next);
    }
    if (moments !== undefined) await this.#optimiser.restore(await readTensors(moments));
  }

  async close(): Promise<void> {
    this.gradients.close();
    this.#optimiser.close();
    release(this.#weights.values());
    await this.#card.close();
  }
}
