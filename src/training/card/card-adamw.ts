import { Tensor } from '../../graph/runtime.ts';
import { groupBy } from '../../group-by.ts';
import { own } from '../../own.ts';
import { elements } from '../../tensors/stored-tensor.ts';
import {
  adamwScalars,
  adamwSettings,
  checkState,
  clipFactor,
  type AdamWOptions,
  type AdamWSettings,
  type OptimiserState,
} from '../optimiser/adamw.ts';
import { rowsOf } from '../optimiser/parameter-buffer.ts';
import type { StepRequest } from '../trainer-params.ts';
import { release, type Card } from './card.ts';
import { INPUTS, OUTPUTS, scalarInput, SQUARES, squaresGraph, updateGraph, type NamedTensor, type UpdatedTensor } from './card-graphs.ts';
import type { CardRows } from './card-rows.ts';

export interface CardGradient {
  /** On the card. */
  readonly dense: ReadonlyMap<string, Tensor>;
  readonly rows: ReadonlyMap<string, CardRows>;
  /** Factor that makes their sums the mean gradient. */
  readonly share: number;
}

/** Maximum bytes of the tensors that one run updates, unless one alone has more: a run makes new weights before the old are freed. */
const MOST_BYTES_AT_ONCE = 2 ** 28;

/**
 * AdamW over weights and moments on a card, with the numbers of `AdamW` up to rounding: of a table it updates only the rows in a step's
 * gradient, and a tensor without a gradient is neither moved nor decayed, and its step not counted. The norm's squares are summed on the
 * card in float32, so that it is not finite above 1e19.
 */
export class CardAdamW {
  readonly #card: Card;
  readonly #settings: AdamWSettings;
  readonly #tensors: ReadonlyMap<string, NamedTensor>;
  /** Updated in place: its tensors are replaced. */
  readonly #weights: Map<string, Tensor>;
  readonly #first = new Map<string, Tensor>();
  readonly #second = new Map<string, Tensor>();
  readonly #steps = new Map<string, number>();

  private constructor(card: Card, { tensors, weights, options }: CardAdamWParams) {
    this.#card = card;
    this.#settings = adamwSettings(options);
    this.#tensors = new Map(tensors.map((tensor) => [tensor.name, tensor]));
    this.#weights = weights;
  }

  /** All moments are zero. Throws TRAINING if they do not fit. */
  static async open(card: Card, params: CardAdamWParams): Promise<CardAdamW> {
    const made = new CardAdamW(card, params);
    try {
      for (const { name, dims } of params.tensors) {
        const zeros = new Float32Array(elements(dims));
        made.#first.set(name, await card.up(zeros, dims));
        made.#second.set(name, await card.up(zeros, dims));
        made.#steps.set(name, 0);
      }
      return made;
    } catch (error) {
      made.close();
      throw error;
    }
  }

  /** Row of a table that gets no gradient from lookups. */
  ignoredRow(name: string): number | undefined {
    return own(this.#settings.ignoreRows ?? {}, name);
  }

  /** Returns the norm over the mean gradient, before clipping. If it is not finite nothing is updated. */
  async step(gradient: CardGradient, { lr, clip }: NonNullable<StepRequest['update']>): Promise<number> {
    const { dense, rows, share } = gradient;
    const norm = share * Math.sqrt(await this.#squares(gradient));
    if (!Number.isFinite(norm)) return norm;
    const factor = share * clipFactor(norm, clip);
    // Tensors of which the card has nothing to update count the step all the same.
    const updated = [...dense.keys(), ...rows.keys()].map((name) => ({ name, ...this.#counted(name) }));
    for (const alike of groupBy(updated, ({ step, decays }) => `${step} ${decays}`).values()) {
      const { step, decays } = alike[0]!;
      const [, keep, , , , stride, correction] = adamwScalars(this.#settings, { step, lr, factor, decays });
      const scalars = { factor, keep, stride, correction };
      for (const together of this.#fitting(
        alike.map(({ name }) => name).filter((name) => dense.has(name) || rows.get(name)?.values !== undefined),
      )) {
        await this.#update(together, gradient, scalars);
      }
    }
    return norm;
  }

  /** Copies of moments and step counts. */
  async save(): Promise<OptimiserState> {
    const state = new Map<string, Float32Array>();
    for (const name of this.#tensors.keys()) {
      state.set(`exp_avg.${name}`, await this.#card.down(this.#first.get(name)!));
      state.set(`exp_avg_sq.${name}`, await this.#card.down(this.#second.get(name)!));
      state.set(`step.${name}`, Float32Array.of(this.#steps.get(name)!));
    }
    return state;
  }

  /** Resumes from a saved state without any difference. Throws FORMAT if it is of other tensors; nothing is changed then. */
  async restore(state: OptimiserState): Promise<void> {
    const lengths = [...this.#tensors.values()].flatMap(({ name, dims }): [string, number][] => [
      [`exp_avg.${name}`, elements(dims)],
      [`exp_avg_sq.${name}`, elements(dims)],
      [`step.${name}`, 1],
    ]);
    checkState(state, lengths);
    for (const { name, dims } of this.#tensors.values()) {
      this.#replace(this.#first, name, await this.#card.up(state.get(`exp_avg.${name}`)!, dims));
      this.#replace(this.#second, name, await this.#card.up(state.get(`exp_avg_sq.${name}`)!, dims));
      this.#steps.set(name, state.get(`step.${name}`)![0]!);
    }
  }

  /** Releases the moments. */
  close(): void {
    release([...this.#first.values(), ...this.#second.values()]);
  }

  async #squares(gradient: CardGradient): Promise<number> {
    const tensors = this.#described(gradient);
    if (tensors.length === 0) return 0;
    const feeds = Object.fromEntries(tensors.map(({ name }) => [INPUTS.gradient(name), gradientOf(gradient, name)]));
    const outputs = await this.#card.run(sessionName('squares', tensors), () => squaresGraph(tensors), { feeds, resident: [] });
    return (outputs[SQUARES]!.data as Float32Array).reduce((sum, value) => sum + value, 0);
  }

  /** All tensors of which there is a gradient, or those of `names`. */
  #described({ dense, rows }: CardGradient, names?: readonly string[]): UpdatedTensor[] {
    const all = names ?? [...dense.keys(), ...[...rows].filter(([, { values }]) => values !== undefined).map(([name]) => name)];
    return all.map((name) => ({ ...this.#tensors.get(name)!, rows: !dense.has(name) }));
  }

  #counted(name: string): { readonly step: number; readonly decays: boolean } {
    const step = this.#steps.get(name)! + 1;
    this.#steps.set(name, step);
    return { step, decays: this.#settings.noDecay?.(name) !== true };
  }

  #fitting(names: readonly string[]): string[][] {
    const groups: string[][] = [];
    let bytes = Infinity;
    for (const name of names) {
      const size = elements(this.#tensors.get(name)!.dims) * Float32Array.BYTES_PER_ELEMENT;
      if (bytes + size > MOST_BYTES_AT_ONCE) {
        groups.push([]);
        bytes = 0;
      }
      groups.at(-1)!.push(name);
      bytes += size;
    }
    return groups;
  }

  async #update(
    names: readonly string[],
    gradient: CardGradient,
    scalars: Readonly<Record<'factor' | 'keep' | 'stride' | 'correction', number>>,
  ): Promise<void> {
    const tensors = this.#described(gradient, names);
    const states = { weight: this.#weights, first: this.#first, second: this.#second };
    const feeds: Record<string, Tensor> = {};
    for (const [name, value] of Object.entries(scalars)) {
      feeds[scalarInput(name as keyof typeof scalars)] = new Tensor('float32', Float32Array.of(value), []);
    }
    for (const { name, dims, rows } of tensors) {
      feeds[name] = this.#weights.get(name)!;
      feeds[INPUTS.first(name)] = this.#first.get(name)!;
      feeds[INPUTS.second(name)] = this.#second.get(name)!;
      feeds[INPUTS.gradient(name)] = gradientOf(gradient, name);
      if (!rows) continue;
      const { ids } = gradient.rows.get(name)!;
      feeds[INPUTS.ids(name)] = new Tensor('int32', Int32Array.from(ids), [ids.length]);
      Object.assign(feeds, placeFeeds({ name, dims }, ids));
    }
    const resident = tensors.flatMap(({ name }) => [OUTPUTS.weight(name), OUTPUTS.first(name), OUTPUTS.second(name)]);
    const graph = () => updateGraph(tensors, this.#settings);
    const outputs = await this.#card.run(sessionName('update', tensors), graph, { feeds, resident });
    for (const { name } of tensors) {
      for (const part of ['weight', 'first', 'second'] as const) this.#replace(states[part], name, outputs[OUTPUTS[part](name)]!);
    }
  }

  #replace(state: Map<string, Tensor>, name: string, next: Tensor): void {
    release([state.get(name)!], [next]);
    state.set(name, next);
  }
}

export interface CardAdamWParams {
  readonly tensors: readonly NamedTensor[];
  /** On the card. The trained ones are replaced at each step. */
  readonly weights: Map<string, Tensor>;
  readonly options: AdamWOptions;
}

/** Where the rows of a table find their gradient. */
export function placeFeeds({ name, dims }: NamedTensor, ids: readonly number[]): Record<string, Tensor> {
  const { rows } = rowsOf(dims);
  const [places, touched] = [new Int32Array(rows), new Float32Array(rows)];
  for (const [place, id] of ids.entries()) {
    places[id] = place;
    touched[id] = 1;
  }
  return {
    [INPUTS.places(name)]: new Tensor('int32', places, [rows]),
    [INPUTS.touched(name)]: new Tensor('float32', touched, [rows, 1]),
  };
}

function gradientOf({ dense, rows }: CardGradient, name: string): Tensor {
  return dense.get(name) ?? rows.get(name)!.values!;
}

/** One session for each set of tensors: usually there is one, and another for long texts. */
function sessionName(kind: string, tensors: readonly UpdatedTensor[]): string {
  return `${kind} ${JSON.stringify(tensors.map(({ name, rows }) => [name, rows]))}`;
}
