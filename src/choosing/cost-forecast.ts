/** What trainings are expected to cost: as was said before, times what the last one that was measured took of that. */
export class CostForecast {
  readonly #predict: (candidate: string, size: number) => number;
  readonly #ratios = new Map<string, number>();

  constructor(predict: (candidate: string, size: number) => number) {
    this.#predict = predict;
  }

  measured(candidate: string, size: number, cost: number): void {
    this.#ratios.set(candidate, cost / this.#predict(candidate, size));
  }

  /** Of a candidate that was never trained the largest ratio of the others, which have the same machine. */
  of(candidate: string, size: number): number {
    const known = [...this.#ratios.values()];
    const ratio = this.#ratios.get(candidate) ?? (known.length === 0 ? 1 : Math.max(...known));
    return ratio * this.#predict(candidate, size);
  }
}
