import { HarnessError } from '../../errors.ts';
import { own } from '../../own.ts';
import { rowsOf, type ParameterBuffer } from './parameter-buffer.ts';
import type { AdamWScalars } from './float-memory.ts';
import { adamw, adamwRows, sumSquares } from './kernels.ts';
import { RowSum, type RowGradients } from './row-sum.ts';

export interface AdamWOptions {
  readonly betas?: readonly [number, number] | undefined;
  readonly eps?: number | undefined;
  readonly weightDecay?: number | undefined;
  /** Tensors without weight decay, by name. Default: none, as in torch's single parameter group. */
  readonly noDecay?: ((name: string) => boolean) | undefined;
  /** Rows of tables that get no gradient from lookups: torch's padding_idx, by the table's name. */
  readonly ignoreRows?: Readonly<Record<string, number>> | undefined;
}

export interface StepParams {
  readonly lr: number;
  /** Maximum norm over all gradients; a larger one is scaled down to it. */
  readonly clip?: number | undefined;
  /** Tensors with a dense gradient. Default: all that have room for one and are not in `rows`. A tensor in both gets the sum. */
  readonly dense?: readonly string[] | undefined;
  /** Gradients of the rows of tables that were looked up, by name. */
  readonly rows?: Readonly<Record<string, readonly RowGradients[]>> | undefined;
}

/** Moments and step counts by torch's names: `exp_avg.NAME`, `exp_avg_sq.NAME`, `step.NAME` [1]. */
export type OptimiserState = ReadonlyMap<string, Float32Array>;

export type AdamWSettings = Required<Omit<AdamWOptions, 'noDecay' | 'ignoreRows'>> & Pick<AdamWOptions, 'noDecay' | 'ignoreRows'>;

/** Options with their defaults, those of torch. */
export function adamwSettings({
  betas = [0.9, 0.999],
  eps = 1e-8,
  weightDecay = 0.01,
  noDecay,
  ignoreRows,
}: AdamWOptions = {}): AdamWSettings {
  return { betas, eps, weightDecay, noDecay, ignoreRows };
}

/** Factor on gradients whose norm is limited to `clip` (torch.nn.utils.clip_grad_norm_). */
export function clipFactor(gradientNorm: number, clip: number | undefined): number {
  return clip === undefined ? 1 : Math.min(1, clip / (gradientNorm + 1e-6));
}

/** Scalars of a tensor's step number `step`, counted from 1. `factor`: on its gradient. `decays`: whether it has weight decay. */
export function adamwScalars(
  { betas: [beta1, beta2], eps, weightDecay }: AdamWSettings,
  { step, lr, factor, decays }: { readonly step: number; readonly lr: number; readonly factor: number; readonly decays: boolean },
): AdamWScalars {
  const decay = decays ? weightDecay : 0;
  return [factor, 1 - lr * decay, 1 - beta1, beta2, 1 - beta2, -lr / (1 - beta1 ** step), Math.sqrt(1 - beta2 ** step), eps];
}

/** Throws FORMAT if a saved state is not of these tensors, given by their number of elements. */
export function checkState(state: OptimiserState, lengths: Iterable<readonly [key: string, length: number]>): void {
  for (const [key, length] of lengths) {
    const then = state.get(key);
    if (then?.length !== length) {
      throw new HarnessError('FORMAT', {
        where: key,
        what: `The state of the optimiser has ${then === undefined ? 'nothing' : `${then.length} numbers`} where ${length} belong.`,
        hint: 'It belongs to another encoder or objective.',
      });
    }
  }
}

/**
 * AdamW (Loshchilov & Hutter 2019) over the tensors of a buffer, as torch.optim.AdamW(foreach=False) computes it; a tensor without a
 * gradient in a step is neither updated nor decayed, and its step is not counted.
 *
 * A sparse table is updated lazily: only the rows in a step's gradient change. This differs from torch, whose gradient of a table is dense,
 * in rows that a step does not see: torch decays their moments, keeps moving them along the remaining first moment, and applies weight
 * decay; here such a row keeps weights and both moments until it is seen again, and then its moments decay by one step, however many it
 * missed. Bias is corrected by the number of steps of the table, not of the row. Rows seen in every step are the same in both. A buffer in
 * dense mode gives torch's result for all rows.
 */
export class AdamW {
  readonly #buffer: ParameterBuffer;
  readonly #options: AdamWSettings;
  readonly #steps: Map<string, number>;
  readonly #sums = new Map<string, RowSum>();

  constructor(buffer: ParameterBuffer, options: AdamWOptions = {}) {
    this.#buffer = buffer;
    this.#options = adamwSettings(options);
    this.#steps = new Map(buffer.names.map((name) => [name, 0]));
  }

  /**
   * Updates the weights. Returns the norm over all gradients before clipping (torch.nn.utils.clip_grad_norm_: they are scaled by clip /
   * (norm + 1e-6) if that is below 1). If the norm is not finite nothing is updated, and the caller decides what to do. Gradients are not
   * changed, except for rows added in.
   */
  step({ lr, clip, dense, rows = {} }: StepParams): { readonly gradientNorm: number } {
    const whole = new Set(dense ?? this.#buffer.names.filter((name) => this.#buffer.hasGradient(name) && !Object.hasOwn(rows, name)));
    const lazy = new Map<string, { readonly ids: readonly number[]; readonly values: Float32Array<ArrayBuffer> }>();
    let squares = 0;
    for (const [name, lists] of Object.entries(rows)) {
      const sums = this.#sumOf(name).sum(lists);
      if (!this.#buffer.hasGradient(name)) {
        lazy.set(name, sums);
        squares += sums.squares;
        continue;
      }
      const gradient = this.#buffer.gradient(name);
      if (!whole.has(name)) gradient.fill(0);
      addRows(gradient, sums);
      whole.add(name);
    }
    for (const name of whole) squares += sumSquares(this.#buffer.gradient(name));
    const gradientNorm = Math.sqrt(squares);
    if (!Number.isFinite(gradientNorm)) return { gradientNorm };
    const factor = clipFactor(gradientNorm, clip);
    for (const name of whole) {
      adamw(
        { weight: this.#buffer.weight(name), gradient: this.#buffer.gradient(name), ...this.#buffer.moments(name) },
        this.#scalars(name, lr, factor),
      );
    }
    for (const [name, sums] of lazy) this.#stepRows(name, sums, this.#scalars(name, lr, factor));
    return { gradientNorm };
  }

  /** Moments are views of the buffer: write them to disk before the next step. */
  save(): OptimiserState {
    return new Map(
      this.#buffer.names.flatMap((name): [string, Float32Array][] => {
        const { first, second } = this.#buffer.moments(name);
        return [
          [`exp_avg.${name}`, first],
          [`exp_avg_sq.${name}`, second],
          [`step.${name}`, Float32Array.of(this.#steps.get(name)!)],
        ];
      }),
    );
  }

  /** Resumes from a saved state without any difference. Throws FORMAT if it is of other tensors; nothing is changed then. */
  restore(state: OptimiserState): void {
    checkState(
      state,
      [...this.save()].map(([key, { length }]) => [key, length]),
    );
    for (const name of this.#buffer.names) {
      const { first, second } = this.#buffer.moments(name);
      first.set(state.get(`exp_avg.${name}`)!);
      second.set(state.get(`exp_avg_sq.${name}`)!);
      this.#steps.set(name, state.get(`step.${name}`)![0]!);
    }
  }

  /** Counts the tensor's step, and returns the scalars for the kernels. */
  #scalars(name: string, lr: number, factor: number): AdamWScalars {
    const step = this.#steps.get(name)! + 1;
    this.#steps.set(name, step);
    return adamwScalars(this.#options, { step, lr, factor, decays: this.#options.noDecay?.(name) !== true });
  }

  #stepRows(
    name: string,
    { ids, values }: { readonly ids: readonly number[]; readonly values: Float32Array<ArrayBuffer> },
    scalars: AdamWScalars,
  ): void {
    const { width } = rowsOf(this.#buffer.dims(name));
    const staging = this.#buffer.staging(name);
    const views = { weight: this.#buffer.weight(name), ...this.#buffer.moments(name), width };
    for (let from = 0; from < ids.length; from += staging.ids.length) {
      const count = Math.min(staging.ids.length, ids.length - from);
      staging.ids.set(ids.slice(from, from + count));
      staging.rows.set(values.subarray(from * width, (from + count) * width));
      adamwRows({ ...views, ids: staging.ids.subarray(0, count), gradient: staging.rows.subarray(0, count * width) }, scalars);
    }
  }

  #sumOf(name: string): RowSum {
    const known = this.#sums.get(name);
    if (known !== undefined) return known;
    const sum = new RowSum({ name, ...rowsOf(this.#buffer.dims(name)), ignoreRow: own(this.#options.ignoreRows ?? {}, name) });
    this.#sums.set(name, sum);
    return sum;
  }
}

function addRows(gradient: Float32Array, { ids, values }: { readonly ids: readonly number[]; readonly values: Float32Array }): void {
  const width = ids.length === 0 ? 0 : values.length / ids.length;
  for (const [i, id] of ids.entries()) {
    for (let j = 0; j < width; j++) gradient[id * width + j]! += values[i * width + j]!;
  }
}
