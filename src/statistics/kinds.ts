/** Classes of texts: one each (single-label), or several (multi-label). */
export type Labels = Int32Array | readonly Int32Array[];

/** Texts that are equal in all columns, grouped as one kind. */
export interface Kinds {
  /** [n] kind of each text. */
  readonly of: Int32Array;
  /** [kinds] the first text of each kind. */
  readonly examples: Int32Array;
}

/** Kinds of texts in the order of their first texts. Each column is [n]: the true or the predicted labels. */
export function kindsOf(columns: readonly Labels[]): Kinds {
  let of = new Int32Array(columns[0]?.length ?? 0);
  for (const column of columns) {
    const numbers = column instanceof Int32Array ? column : numbered(column, (labels) => labels.join());
    const span = numbers.reduce((most, number) => Math.max(most, number + 1), 1);
    of = numbered(of, (kind, text) => kind * span + numbers[text]!);
  }
  const examples: number[] = [];
  // The number of a new kind is the number of kinds before it.
  for (const [text, kind] of of.entries()) if (kind === examples.length) examples.push(text);
  return { of, examples: Int32Array.from(examples) };
}

/** [n] equal keys as equal numbers, in order of first appearance. */
function numbered<T>(
  items: { readonly length: number; readonly [at: number]: T },
  keyOf: (item: T, at: number) => string | number,
): Int32Array<ArrayBuffer> {
  const ids = new Map<string | number, number>();
  return Int32Array.from({ length: items.length }, (_, at) => {
    const key = keyOf(items[at]!, at);
    const id = ids.get(key) ?? ids.size;
    if (id === ids.size) ids.set(key, id);
    return id;
  });
}
