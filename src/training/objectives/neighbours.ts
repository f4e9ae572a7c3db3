/**
 * For each text of a batch, the positions of the others of its class, and of those of other classes. The same corpus row twice is no pair.
 */
export function neighbours(
  rows: readonly number[],
  labels: Int32Array,
): { readonly positives: readonly number[]; readonly negatives: readonly number[] }[] {
  return rows.map((row) => {
    const [positives, negatives]: [number[], number[]] = [[], []];
    for (const [position, other] of rows.entries()) {
      if (labels[other] !== labels[row]) negatives.push(position);
      else if (other !== row) positives.push(position);
    }
    return { positives, negatives };
  });
}
