/** Bytes allowed for a small file, and the factor on the size of a larger one: texts do not compress that well. */
const FREE_BYTES = 16 << 20;
const TIMES_FILE = 64;

/** Limit on all pages of a file together: a few bytes can claim to be gigabytes. */
export class Budget {
  #bytes: number;
  #values: number;

  constructor(fileBytes: number) {
    this.#bytes = FREE_BYTES + TIMES_FILE * fileBytes;
    this.#values = FREE_BYTES / TIMES_FILE + TIMES_FILE * fileBytes;
  }

  /** Throws when it is exceeded. */
  take({ bytes = 0, values = 0 }: { readonly bytes?: number; readonly values?: number }): void {
    if (!(bytes >= 0 && values >= 0)) throw new Error('it has a negative number of bytes or values');
    this.#bytes -= bytes;
    this.#values -= values;
    if (this.#bytes < 0 || this.#values < 0) throw new Error('it would unpack to far more than its size');
  }
}
