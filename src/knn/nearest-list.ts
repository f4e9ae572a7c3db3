/** The k nearest rows seen so far, ascending by (distance, row). */
export class NearestList {
  /** Maximum number of rows. */
  k: number;
  readonly rows: Int32Array;
  readonly distances: Float64Array;
  length = 0;

  constructor(k: number) {
    this.k = k;
    this.rows = new Int32Array(k);
    this.distances = new Float64Array(k);
  }

  /** Empties it, for at most k rows. */
  clear(k = this.rows.length): void {
    this.k = k;
    this.length = 0;
  }

  /** Distance of the k-th row; Infinity while there are fewer. */
  get worst(): number {
    return this.length < this.k ? Infinity : this.distances[this.k - 1]!;
  }

  /** Adds a row if it is among the k nearest; returns false otherwise. */
  add(distance: number, row: number): boolean {
    const { rows, distances, k } = this;
    let at = this.length;
    if (at === k && !before(distance, row, distances[k - 1]!, rows[k - 1]!)) return false;
    if (at === k) at--;
    else this.length++;
    for (; at > 0 && before(distance, row, distances[at - 1]!, rows[at - 1]!); at--) {
      distances[at] = distances[at - 1]!;
      rows[at] = rows[at - 1]!;
    }
    distances[at] = distance;
    rows[at] = row;
    return true;
  }
}

/** The total order of neighbours, without ties. */
export function before(distance: number, row: number, otherDistance: number, otherRow: number): boolean {
  return distance < otherDistance || (distance === otherDistance && row < otherRow);
}
