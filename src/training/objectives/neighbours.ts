/**
 * For each text of a batch, the indices of the others of its class, and of those of other classes. Two copies of the same dataset row are
 * not a pair.
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
