export interface Point {
  readonly series: string;
  readonly x: number;
  readonly y: number;
}

export interface Curves {
  /** What is chosen: a dataset and what is measured there. */
  readonly name: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly points: readonly Point[];
}
