import { fillPoolWeights } from './pool-weights.ts';
import type { Runner } from './runner.ts';
import { SLOTS, tokenRows, type TokenRows, type TokenRowsParams } from './token-rows.ts';
import { scaleToUnit } from './unit.ts';
import type { VectorSpec } from './vectors.ts';
import type { RunParams } from './worker.ts';

export interface TableRunnerParams extends TokenRowsParams {
  readonly specs: readonly VectorSpec[];
}

/**
 * A static encoder at work: vectors are sums of rows of its table, made here, in the thread that asks, without the runtime. Sums are
 * float64 in the order of the tokens; a text without tokens has a vector of zeros, as torch's EmbeddingBag gives.
 */
export class TableRunner implements Runner {
  readonly #rows: TokenRows;
  readonly #specs: readonly VectorSpec[];
  readonly #sum: Float64Array;
  #spent: ArrayBuffer[] = [];

  /** Reads the table. Throws FORMAT where its file has become shorter. */
  constructor({ specs, ...table }: TableRunnerParams) {
    this.#rows = tokenRows(table);
    this.#specs = specs;
    this.#sum = new Float64Array(this.#rows.width);
  }

  run({ ids, count, length, words }: Omit<RunParams, 'spent'>): Promise<Float32Array[]> {
    const { width } = this.#rows;
    const vectors = this.#specs.map((spec) => {
      const out = this.#emptied(count * width);
      for (let text = 0; text < count; text++) {
        const vector = out.subarray(text * width, (text + 1) * width);
        const own = ids.subarray(text * length, (text + 1) * length);
        this.#pool(vector, spec, own, words?.[text]);
        if (spec.unit === true) scaleToUnit(vector);
      }
      return out;
    });
    return Promise.resolve(vectors);
  }

  giveBack(vectors: readonly Float32Array[]): void {
    this.#spent = vectors.map(({ buffer }) => buffer as ArrayBuffer);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #pool(out: Float32Array, { token }: VectorSpec, ids: Int32Array, words: Int32Array | undefined): void {
    if (ids.length === 0) out.fill(0);
    else if (token === 'mean') this.#mean(out, ids);
    else if (token === 'max') this.#max(out, ids);
    else {
      const weights = new Float32Array(ids.length);
      fillPoolWeights(weights, token, words);
      this.#weigh(out, ids, weights);
    }
  }

  /** Some rows at a time: the sum is read and written less often. */
  #mean(out: Float32Array, ids: Int32Array): void {
    const rows = this.#rows;
    const { data, width } = rows;
    const sum = this.#sum.fill(0);
    const whole = ids.length - (ids.length % SLOTS);
    for (let i = 0; i < whole; i += SLOTS) {
      const [a, b, c, d] = [rows.at(ids[i]!, 0), rows.at(ids[i + 1]!, 1), rows.at(ids[i + 2]!, 2), rows.at(ids[i + 3]!, 3)];
      for (let j = 0; j < width; j++) sum[j]! += data[a + j]! + data[b + j]! + (data[c + j]! + data[d + j]!);
    }
    for (let i = whole; i < ids.length; i++) {
      const a = rows.at(ids[i]!, 0);
      for (let j = 0; j < width; j++) sum[j]! += data[a + j]!;
    }
    for (let j = 0; j < width; j++) out[j] = sum[j]! / ids.length;
  }

  #max(out: Float32Array, ids: Int32Array): void {
    const { data, width } = this.#rows;
    out.fill(-Infinity);
    for (const id of ids) {
      const from = this.#rows.at(id, 0);
      for (let j = 0; j < width; j++) {
        const value = data[from + j]!;
        // NaN is not passed over.
        if (!(value <= out[j]!)) out[j] = value;
      }
    }
  }

  #weigh(out: Float32Array, ids: Int32Array, weights: Float32Array): void {
    const { data, width } = this.#rows;
    const sum = this.#sum.fill(0);
    for (let i = 0; i < ids.length; i++) {
      const weight = weights[i]!;
      if (weight === 0) continue;
      const from = this.#rows.at(ids[i]!, 0);
      for (let j = 0; j < width; j++) sum[j]! += weight * data[from + j]!;
    }
    out.set(sum);
  }

  /** An array of so many numbers that are yet to be written. */
  #emptied(length: number): Float32Array {
    const bytes = length * Float32Array.BYTES_PER_ELEMENT;
    const at = this.#spent.findIndex(({ byteLength }) => byteLength >= bytes);
    return at >= 0 ? new Float32Array(this.#spent.splice(at, 1)[0]!, 0, length) : new Float32Array(length);
  }
}
