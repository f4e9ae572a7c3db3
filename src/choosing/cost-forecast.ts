/** Measured cost of a training run. */
interface Measured {
  readonly size: number;
  readonly cost: number;
  /** The part that does not grow with the number of texts. */
  readonly fixed?: number | undefined;
}

/** Cost model of a candidate: a fixed cost, and the ratio of measured to predicted cost for the rest. */
interface Rate {
  readonly fixed: number;
  readonly ratio: number;
}

/** Expected cost of training runs: the prediction, corrected by the candidate's last measurement. */
export class CostForecast {
  readonly #predict: (candidate: string, size: number, last?: boolean) => number;
  readonly #rates = new Map<string, Rate>();

  constructor(predict: (candidate: string, size: number, last?: boolean) => number) {
    this.#predict = predict;
  }

  measured(candidate: string, { size, cost, fixed = 0 }: Measured): void {
    const known = Math.min(fixed, cost);
    this.#rates.set(candidate, { fixed: known, ratio: (cost - known) / this.#predict(candidate, size) });
  }

  /** A candidate without a measurement is assumed as slow as the slowest measured one, as both run on the same machine. */
  of(candidate: string, size: number, last = false): number {
    const { fixed, ratio } = this.#rates.get(candidate) ?? this.#slowest();
    return fixed + ratio * this.#predict(candidate, size, last);
  }

  #slowest(): Rate {
    const known = [...this.#rates.values()];
    if (known.length === 0) return { fixed: 0, ratio: 1 };
    return { fixed: Math.max(...known.map(({ fixed }) => fixed)), ratio: Math.max(...known.map(({ ratio }) => ratio)) };
  }
}
