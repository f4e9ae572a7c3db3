import { fillPoolWeights, type WeightedPooling } from './pool-weights.ts';
import { openSteps, type VectorSteps } from './published-steps.ts';
import type { Runner } from './runner.ts';
import type { TokenRows } from './token-rows.ts';
import { scaleToUnit } from './unit.ts';
import { specWidth, tokensOf, type VectorSpec } from './vectors.ts';
import type { TextBatch } from './run-params.ts';

export interface TableRunnerParams {
  readonly rows: TokenRows;
  readonly specs: readonly VectorSpec[];
  /** Number of leading tokens of every text excluded from pooling. Default: 0. */
  readonly skip?: number | undefined;
}

interface OpenVector {
  readonly spec: VectorSpec;
  /** The published modules after the pooling, if the vector uses them. */
  readonly steps: VectorSteps | undefined;
}

interface Pooled {
  readonly token: WeightedPooling | 'max';
  /** Normalised to length 1. */
  readonly unit?: boolean | undefined;
}

/**
 * Runs a static encoder: vectors are sums of rows of its table, computed in the calling thread without the runtime. Sums are float64 in the
 * order of the tokens; a text without tokens has a zero vector, as from torch's EmbeddingBag.
 */
export class TableRunner implements Runner {
  readonly #rows: TokenRows;
  readonly #vectors: readonly OpenVector[];
  readonly #skip: number;
  readonly #sum: Float64Array;
  #spent: ArrayBuffer[] = [];

  private constructor(rows: TokenRows, vectors: readonly OpenVector[], skip: number) {
    this.#rows = rows;
    this.#vectors = vectors;
    this.#skip = skip;
    this.#sum = new Float64Array(rows.width);
  }

  /** Reads the weights of modules after the table. Throws SOURCE or FORMAT if they cannot be read or contain NaN. */
  static async open({ rows, specs, skip = 0 }: TableRunnerParams): Promise<TableRunner> {
    const vectors: OpenVector[] = [];
    for (const spec of specs) vectors.push({ spec, steps: spec.published && (await openSteps(spec.published)) });
    return new TableRunner(rows, vectors, skip);
  }

  run({ ids, count, length, words }: TextBatch): Promise<Float32Array[]> {
    const vectors = this.#vectors.map(({ spec, steps }) => {
      const width = specWidth(spec, this.#rows.width);
      const out = this.#emptied(count * width);
      for (let text = 0; text < count; text++) {
        const vector = out.subarray(text * width, (text + 1) * width);
        const own = ids.subarray(text * length, (text + 1) * length);
        if (steps === undefined) this.#pool(vector, spec, own, words?.[text]);
        else vector.set(steps(this.#sideBySide(tokensOf(spec), own)));
      }
      return out;
    });
    return Promise.resolve(vectors);
  }

  /** The concatenated pooled vectors of a text. */
  #sideBySide(poolings: readonly (WeightedPooling | 'max')[], ids: Int32Array): Float64Array {
    const { width } = this.#rows;
    const vector = new Float32Array(poolings.length * width);
    for (const [i, pooling] of poolings.entries())
      this.#pool(vector.subarray(i * width, (i + 1) * width), { token: pooling }, ids, undefined);
    return new Float64Array(vector);
  }

  giveBack(vectors: readonly Float32Array[]): void {
    this.#spent = vectors.map(({ buffer }) => buffer as ArrayBuffer);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #pool(out: Float32Array, { token, unit = false }: Pooled, ids: Int32Array, words: Int32Array | undefined): void {
    const skip = this.#skip;
    const own = skip === 0 ? ids : ids.subarray(skip);
    if (own.length === 0) out.fill(0);
    else if (token === 'mean') this.#rows.mean(out, own, unit);
    else {
      if (token === 'max') this.#max(out, own);
      else {
        const weights = new Float32Array(ids.length);
        fillPoolWeights(weights, token, { words, skip });
        this.#weigh(out, ids, weights);
      }
      if (unit) scaleToUnit(out);
    }
  }

  #max(out: Float32Array, ids: Int32Array): void {
    const { data, width } = this.#rows;
    out.fill(-Infinity);
    for (const id of ids) {
      const from = this.#rows.at(id);
      for (let j = 0; j < width; j++) {
        const value = data[from + j]!;
        // NaN is propagated.
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
      const from = this.#rows.at(ids[i]!);
      for (let j = 0; j < width; j++) sum[j]! += weight * data[from + j]!;
    }
    out.set(sum);
  }

  /** An uninitialised array of this length. */
  #emptied(length: number): Float32Array {
    const bytes = length * Float32Array.BYTES_PER_ELEMENT;
    const at = this.#spent.findIndex(({ byteLength }) => byteLength >= bytes);
    return at >= 0 ? new Float32Array(this.#spent.splice(at, 1)[0]!, 0, length) : new Float32Array(length);
  }
}
