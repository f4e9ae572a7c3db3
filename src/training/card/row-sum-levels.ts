/** Rows that are added up in one run: row i of the result is the sum of values[index[i, j]] * share[i, j]. */
export interface RowSumLevel {
  readonly rows: number;
  /** Terms per row. */
  readonly most: number;
  /** [rows, most] */
  readonly index: Int32Array;
  /** [rows, most] 1, or 0 for entries that only fill up a row. */
  readonly share: Float32Array;
}

export interface RowSumPlan {
  /** Each row once, in the order of first occurrence. */
  readonly ids: readonly number[];
  /** One after the other: the last one's result has a row for each of `ids`. None if there are no rows. */
  readonly levels: readonly RowSumLevel[];
}

/** Per row and level: the values of a level take up to this many times the memory of those that it sums. */
const MOST_TERMS = 8;

/** How rows of the same id are summed: a few at a time, and then their sums, in an order that depends on the ids alone. */
export function rowSumPlan(ids: Iterable<number | bigint>, { ignoreRow }: { readonly ignoreRow?: number | undefined } = {}): RowSumPlan {
  const placesOf = new Map<number, number[]>();
  let place = 0;
  for (const each of ids) {
    const id = Number(each);
    const places = placesOf.get(id);
    if (places !== undefined) places.push(place);
    else if (id !== ignoreRow) placesOf.set(id, [place]);
    place++;
  }
  const levels: RowSumLevel[] = [];
  let open = [...placesOf.values()];
  while (open.length > 0 && (levels.length === 0 || open.some(({ length }) => length > 1))) {
    const parts: number[][] = [];
    open = open.map((places) => {
      const sums: number[] = [];
      for (let i = 0; i < places.length; i += MOST_TERMS) {
        sums.push(parts.length);
        parts.push(places.slice(i, i + MOST_TERMS));
      }
      return sums;
    });
    levels.push(levelOf(parts));
  }
  return { ids: [...placesOf.keys()], levels };
}

function levelOf(parts: readonly (readonly number[])[]): RowSumLevel {
  const most = parts.reduce((largest, { length }) => Math.max(largest, length), 1);
  const index = new Int32Array(parts.length * most);
  const share = new Float32Array(parts.length * most);
  for (const [row, places] of parts.entries()) {
    for (let i = 0; i < most; i++) {
      index[row * most + i] = places[i] ?? places[0]!;
      share[row * most + i] = i < places.length ? 1 : 0;
    }
  }
  return { rows: parts.length, most, index, share };
}
