import { Tensor } from '../graph/runtime.ts';
import type { GradientOutputs, Gradients, GradientTarget } from './gradients.ts';
import type { AdamW } from './optimiser/adamw.ts';
import { scale } from './optimiser/kernels.ts';
import type { ParameterBuffer } from './optimiser/parameter-buffer.ts';
import type { RowGradients } from './optimiser/row-sum.ts';
import type { StepRequest } from './trainer-params.ts';

/** Gradients in the buffer of the weights; those of tables as lists of rows. */
export class HostGradients implements Gradients {
  readonly #buffer: ParameterBuffer;
  readonly #optimiser: AdamW;
  readonly #lossScale: number;
  /** Number of batches accumulated since the last update. */
  #batches = 0;
  /** Tensors whose gradient has been written. */
  readonly #filled = new Set<string>();
  /** By weight; names come from a file. */
  #rows = new Map<string, RowGradients[]>();

  constructor(buffer: ParameterBuffer, optimiser: AdamW, lossScale: number) {
    this.#lossScale = lossScale;
    this.#buffer = buffer;
    this.#optimiser = optimiser;
  }

  /** Dense gradients are written directly into the buffer, or, if it holds one already, into a second area and then added. */
  target({ dense, rows }: GradientOutputs): GradientTarget {
    const fetches: Record<string, Tensor | null> = {};
    const fresh: string[] = [];
    const first: string[] = [];
    for (const { ids, values } of rows) fetches[ids] = fetches[values] = null;
    for (const [name, output] of dense) {
      const again = this.#filled.has(name);
      (again ? fresh : first).push(name);
      fetches[output] = new Tensor('float32', again ? this.#buffer.fresh(name) : this.#buffer.gradient(name), this.#buffer.dims(name));
    }
    return {
      fetches,
      resident: [],
      take: (outputs) => {
        for (const name of fresh) this.#buffer.accumulate(name);
        for (const name of first) this.#filled.add(name);
        for (const { weight, ids, values } of rows) {
          const lists = this.#rows.get(weight) ?? [];
          lists.push({ ids: outputs[ids]!.data as BigInt64Array, values: outputs[values]!.data as Float32Array });
          this.#rows.set(weight, lists);
        }
        return Promise.resolve();
      },
    };
  }

  endBatch(): void {
    this.#batches++;
  }

  /** They are added in place. */
  undoBatch(): boolean {
    return false;
  }

  update({ lr, clip }: NonNullable<StepRequest['update']>): Promise<number> {
    const share = 1 / (this.#batches * this.#lossScale);
    if (share !== 1) {
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
    return Promise.resolve(gradientNorm);
  }
}
