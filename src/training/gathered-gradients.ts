import { Tensor } from '../graph/runtime.ts';
import type { EncoderStep } from './encoder-step.ts';
import type { AdamW } from './optimiser/adamw.ts';
import { scale } from './optimiser/kernels.ts';
import type { ParameterBuffer } from './optimiser/parameter-buffer.ts';
import type { RowGradients } from './optimiser/row-sum.ts';
import type { StepRequest } from './trainer-params.ts';

/** Gradients of the batches since the last update, as they come out of runs. */
export class GatheredGradients {
  readonly #buffer: ParameterBuffer;
  readonly #optimiser: AdamW;
  /** Batches whose gradients have come together since the last update. */
  #batches = 0;
  /** Tensors whose gradient is there. */
  readonly #filled = new Set<string>();
  /** By weight, whose names a file gave. */
  #rows = new Map<string, RowGradients[]>();

  constructor(buffer: ParameterBuffer, optimiser: AdamW) {
    this.#buffer = buffer;
    this.#optimiser = optimiser;
  }

  /** Where gradients go: straight into the buffer, or where there is one already, beside it and then added. */
  target(outputs: Iterable<readonly [weight: string, output: string]>): { readonly fetches: Record<string, Tensor>; gather(): void } {
    const fetches: Record<string, Tensor> = {};
    const fresh: string[] = [];
    const first: string[] = [];
    for (const [name, output] of outputs) {
      const again = this.#filled.has(name);
      (again ? fresh : first).push(name);
      fetches[output] = new Tensor('float32', again ? this.#buffer.fresh(name) : this.#buffer.gradient(name), this.#buffer.dims(name));
    }
    return {
      fetches,
      gather: () => {
        for (const name of fresh) this.#buffer.accumulate(name);
        for (const name of first) this.#filled.add(name);
      },
    };
  }

  /** Gradients of embedding tables: of the rows alone that were looked up. */
  takeRows({ gradients }: EncoderStep, outputs: Readonly<Record<string, Tensor>>): void {
    for (const { weight, rows } of gradients) {
      for (const { ids, values } of rows) {
        const lists = this.#rows.get(weight) ?? [];
        lists.push({ ids: outputs[ids]!.data as BigInt64Array, values: outputs[values]!.data as Float32Array });
        this.#rows.set(weight, lists);
      }
    }
  }

  /** All gradients of a batch are there. */
  endBatch(): void {
    this.#batches++;
  }

  /** A step of the optimiser by the mean of the batches. Returns the norm of the gradient before it was clipped. */
  update({ lr, clip }: NonNullable<StepRequest['update']>): number {
    if (this.#batches > 1) {
      const share = 1 / this.#batches;
      for (const name of this.#filled) scale(this.#buffer.gradient(name), share);
      // Copies: two tables that are added up have the same gradient.
      this.#rows = new Map(
        [...this.#rows].map(([name, lists]) => [
          name,
          lists.map(({ ids, values }) => ({ ids, values: values.map((value) => value * share) })),
        ]),
      );
    }
    const { gradientNorm } = this.#optimiser.step({ lr, clip, dense: [...this.#filled], rows: Object.fromEntries(this.#rows) });
    this.#batches = 0;
    this.#filled.clear();
    this.#rows = new Map();
    return gradientNorm;
  }
}

/** Outputs of a step's graph that are whole gradients, by weight. */
export function denseGradients({ gradients }: EncoderStep): [string, string][] {
  return gradients.flatMap(({ weight, dense }): [string, string][] => (dense === undefined ? [] : [[weight, dense]]));
}

/** Outputs of a step's graph that are rows of gradients, to be fetched. */
export function rowOutputs({ gradients }: EncoderStep): Record<string, null> {
  return Object.fromEntries(
    gradients.flatMap(({ rows }) =>
      rows.flatMap(({ ids, values }) => [
        [ids, null],
        [values, null],
      ]),
    ),
  );
}
