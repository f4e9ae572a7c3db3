export interface Point {
  readonly series: string;
  readonly x: number;
  readonly y: number;
}

export interface Curves {
  /** Choice in a menu: a dataset and a measure. */
  readonly name: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly points: readonly Point[];
}
