/** What a training took. */
interface Measured {
  readonly size: number;
  readonly cost: number;
  /** What of that does not grow with the number of texts. */
  readonly fixed?: number | undefined;
}

/** A training's cost: what it takes whatever the texts, and how many times what was predicted the rest takes. */
interface Rate {
  readonly fixed: number;
  readonly ratio: number;
}

/** What trainings are expected to cost: as was predicted before any was measured, corrected by the last one that was. */
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

  /** Of a candidate that was never trained, as the slowest of the others, which have the same machine. */
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
