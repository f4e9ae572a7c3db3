import type { Tensor } from '../../graph/runtime.ts';
import type { GradientOutputs, Gradients, GradientTarget } from '../gradients.ts';
import { rowsOf } from '../optimiser/parameter-buffer.ts';
import type { RowGradients } from '../optimiser/row-sum.ts';
import type { TrainedTensor } from '../trained-parameters.ts';
import type { StepRequest } from '../trainer-params.ts';
import { placeFeeds, type CardAdamW } from './card-adamw.ts';
import { addGraph, INPUTS, OUTPUTS, spreadRowsGraph } from './card-graphs.ts';
import { addRows, type CardRows } from './card-rows.ts';
import { release, type Card } from './card.ts';

interface Parts {
  readonly card: Card;
  readonly optimiser: CardAdamW;
  readonly tensors: readonly TrainedTensor[];
  /** Tables are updated as a whole. */
  readonly denseEmbeddings: boolean;
  /** What all gradients are multiplied by. */
  readonly lossScale: number;
}

/** Tensors on the card; none is ever changed, so that what there was before a batch is still there if the batch is begun again. */
interface Held {
  readonly dense: Map<string, Tensor>;
  readonly rows: Map<string, CardRows>;
}

/**
 * Gradients on a card: sums over runs are made there, in the order of the runs. The numbers of rows come down, as they decide in which
 * order rows are summed: nothing else.
 */
export class CardGradients implements Gradients {
  readonly #card: Card;
  readonly #optimiser: CardAdamW;
  readonly #tensors: ReadonlyMap<string, TrainedTensor>;
  readonly #denseEmbeddings: boolean;
  readonly #lossScale: number;
  #batches = 0;
  #now: Held = { dense: new Map(), rows: new Map() };
  /** After the last complete batch. */
  #before: Held = { dense: new Map(), rows: new Map() };

  constructor({ card, optimiser, tensors, denseEmbeddings, lossScale }: Parts) {
    this.#lossScale = lossScale;
    this.#card = card;
    this.#optimiser = optimiser;
    this.#tensors = new Map(tensors.map((tensor) => [tensor.name, tensor]));
    this.#denseEmbeddings = denseEmbeddings;
  }

  target({ dense, rows }: GradientOutputs): GradientTarget {
    const resident = [...new Set([...dense.map(([, output]) => output), ...rows.map(({ values }) => values)])];
    return {
      fetches: Object.fromEntries([...resident, ...rows.map(({ ids }) => ids)].map((output) => [output, null])),
      resident,
      take: async (outputs) => {
        const next = copyOf(this.#now);
        const sums = await this.#sums(dense.map(([name, output]) => [name, outputs[output]!]));
        for (const [name, sum] of sums) next.dense.set(name, sum);
        const passing: CardRows[] = [];
        for (const { weight, ids, values } of rows) {
          const known = next.rows.get(weight);
          const own = { known, ids: outputs[ids]!.data as RowGradients['ids'], values: outputs[values]! };
          next.rows.set(weight, await addRows(this.#card, this.#tableOf(weight), own));
          if (known !== undefined) passing.push(known);
        }
        const given = resident.map((output) => outputs[output]!);
        this.#become(next, [...given, ...passing.flatMap(({ values }) => (values === undefined ? [] : [values]))]);
      },
    };
  }

  endBatch(): void {
    this.#batches++;
    const old = this.#before;
    this.#before = copyOf(this.#now);
    release(tensorsOf(old), tensorsOf(this.#now));
  }

  undoBatch(): boolean {
    this.#become(copyOf(this.#before));
    return true;
  }

  async update(update: NonNullable<StepRequest['update']>): Promise<number> {
    await this.#spread();
    const norm = await this.#optimiser.step({ ...this.#now, share: 1 / (this.#batches * this.#lossScale) }, update);
    release([...tensorsOf(this.#now), ...tensorsOf(this.#before)]);
    this.#now = { dense: new Map(), rows: new Map() };
    this.#before = { dense: new Map(), rows: new Map() };
    this.#batches = 0;
    return norm;
  }

  /** Releases all. */
  close(): void {
    release([...tensorsOf(this.#now), ...tensorsOf(this.#before)]);
  }

  /** The gradients of the tensors given, with those that they have from earlier runs. */
  async #sums(given: readonly (readonly [name: string, gradient: Tensor])[]): Promise<(readonly [name: string, gradient: Tensor])[]> {
    const again = given.filter(([name]) => this.#now.dense.has(name));
    if (again.length === 0) return [...given];
    const tensors = again.map(([name]) => this.#tensors.get(name)!);
    const feeds = Object.fromEntries(
      again.flatMap(([name, gradient]) => [
        [INPUTS.gradient(name), this.#now.dense.get(name)!],
        [INPUTS.added(name), gradient],
      ]),
    );
    const resident = tensors.map(({ name }) => OUTPUTS.gradient(name));
    const key = `add ${JSON.stringify(tensors.map(({ name }) => name))}`;
    const outputs = await this.#card.run(key, () => addGraph(tensors), { feeds, resident });
    const first = given.filter(([name]) => !this.#now.dense.has(name));
    return [...first, ...tensors.map(({ name }) => [name, outputs[OUTPUTS.gradient(name)]!] as const)];
  }

  /** Rows of tables that are updated as a whole become dense gradients. */
  async #spread(): Promise<void> {
    const next = copyOf(this.#now);
    for (const [name, rows] of this.#now.rows) {
      const tensor = this.#tensors.get(name)!;
      if (tensor.table && !this.#denseEmbeddings) continue;
      const known = next.dense.get(name);
      next.rows.delete(name);
      if (rows.values === undefined && known !== undefined) continue;
      const own = rows.values ?? (await this.#card.up(new Float32Array(rowsOf(tensor.dims).width), [1, rowsOf(tensor.dims).width]));
      const feeds = {
        ...placeFeeds(tensor, rows.ids),
        [INPUTS.added(name)]: own,
        ...(known !== undefined && { [INPUTS.gradient(name)]: known }),
      };
      const graph = () => spreadRowsGraph(tensor, { dense: known !== undefined });
      const key = `spread ${name} ${known !== undefined}`;
      const outputs = await this.#card.run(key, graph, { feeds, resident: [OUTPUTS.gradient(name)] });
      next.dense.set(name, outputs[OUTPUTS.gradient(name)]!);
      if (rows.values === undefined) release([own]);
    }
    this.#become(next);
  }

  /** Releases all that is no longer held, `others` too. */
  #become(next: Held, others: readonly Tensor[] = []): void {
    const old = this.#now;
    this.#now = next;
    release([...tensorsOf(old), ...others], [...tensorsOf(next), ...tensorsOf(this.#before)]);
  }

  #tableOf(name: string) {
    return { name, ...rowsOf(this.#tensors.get(name)!.dims), ignoreRow: this.#optimiser.ignoredRow(name) };
  }
}

function copyOf({ dense, rows }: Held): Held {
  return { dense: new Map(dense), rows: new Map(rows) };
}

function tensorsOf({ dense, rows }: Held): Tensor[] {
  return [...dense.values(), ...[...rows.values()].flatMap(({ values }) => (values === undefined ? [] : [values]))];
}
