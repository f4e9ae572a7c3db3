import { HarnessError } from '../errors.ts';

/**
 * Distinguishes lists of classes from indicator vectors: [0, 1, 0], as multi-label programs write them, or a probability per class. Read as
 * names they would be the classes 0 and 1.
 */
export class LabelPlaces {
  #length: number | undefined;
  #names = false;
  #sure = false;

  /** The labels of a text. */
  add(cells: readonly unknown[]): void {
    if (this.#names) return;
    this.#length ??= cells.length;
    const values = cells.map(placeValue);
    this.#names = cells.length < 2 || cells.length !== this.#length || values.includes(undefined);
    // A list of names has no duplicates, and no fractions.
    if (!this.#names) this.#sure ||= new Set(values).size < values.length || values.some((value) => !Number.isInteger(value));
  }

  /** Throws FORMAT if all lists were indicator vectors. */
  check(where: string): void {
    if (this.#names || !this.#sure) return;
    throw new HarnessError('FORMAT', {
      where,
      what: `Its labels are lists of ${this.#length} numbers from 0 to 1, one per class, without class names.`,
      hint: 'Give the class names of each text.',
    });
  }
}

/** A number from 0 to 1, from a table or a text; undefined for anything else. */
function placeValue(cell: unknown): number | undefined {
  if (typeof cell === 'boolean') return Number(cell);
  const number =
    typeof cell === 'number' || typeof cell === 'bigint'
      ? Number(cell)
      : typeof cell === 'string' && /^\s*[01](\.\d+)?\s*$/.test(cell)
        ? Number(cell)
        : NaN;
  return number >= 0 && number <= 1 ? number : undefined;
}
