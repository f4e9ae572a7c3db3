import { Tensor } from '../graph/runtime.ts';
import type { EncoderStep } from './encoder-step.ts';
import type { AdamW } from './optimiser/adamw.ts';
import { scale } from './optimiser/kernels.ts';
import type { ParameterBuffer } from './optimiser/parameter-buffer.ts';
import type { RowGradients } from './optimiser/row-sum.ts';
import type { StepRequest } from './trainer-params.ts';

/** Gradients accumulated over the batches since the last update. */
export class GatheredGradients {
  readonly #buffer: ParameterBuffer;
  readonly #optimiser: AdamW;
  /** Number of batches accumulated since the last update. */
  #batches = 0;
  /** Tensors whose gradient has been written. */
  readonly #filled = new Set<string>();
  /** By weight; names come from a file. */
  #rows = new Map<string, RowGradients[]>();

  constructor(buffer: ParameterBuffer, optimiser: AdamW) {
    this.#buffer = buffer;
    this.#optimiser = optimiser;
  }

  /** Where gradients are written: directly into the buffer, or, if it holds one already, into a second area and then added. */
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

  /** Takes the gradients of embedding tables: only of the rows that were looked up. */
  takeRows({ gradients }: EncoderStep, outputs: Readonly<Record<string, Tensor>>): void {
    for (const { weight, rows } of gradients) {
      for (const { ids, values } of rows) {
        const lists = this.#rows.get(weight) ?? [];
        lists.push({ ids: outputs[ids]!.data as BigInt64Array, values: outputs[values]!.data as Float32Array });
        this.#rows.set(weight, lists);
      }
    }
  }

  /** All gradients of a batch are complete. */
  endBatch(): void {
    this.#batches++;
  }

  /** An optimiser step with the mean over the batches. Returns the norm of the gradient before clipping. */
  update({ lr, clip }: NonNullable<StepRequest['update']>): number {
    if (this.#batches > 1) {
      const share = 1 / this.#batches;
      for (const name of this.#filled) scale(this.#buffer.gradient(name), share);
      // Copies: two tables whose rows are added have the same gradient.
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

/** Outputs of a step's graph that are dense gradients, by weight. */
export function denseGradients({ gradients }: EncoderStep): [string, string][] {
  return gradients.flatMap(({ weight, dense }): [string, string][] => (dense === undefined ? [] : [[weight, dense]]));
}

/** Outputs of a step's graph that are gradients of rows, to be fetched. */
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
