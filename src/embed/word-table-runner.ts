import type { TokenRows } from './token-rows.ts';
import type { WordBatch, WordRunner } from './word-runner.ts';
import { wordSpecWidth, type WordSpec } from './word-specs.ts';

/**
 * Vectors of words from a static encoder: a row of its table, or the mean of several, summed in float64 in the order of the sub-tokens. It
 * has a single hidden state, so the mean over its layers is that state, whatever the spec's `combine`.
 */
export class WordTableRunner implements WordRunner {
  readonly #rows: TokenRows;
  readonly #specs: readonly WordSpec[];

  constructor(rows: TokenRows, specs: readonly WordSpec[]) {
    this.#rows = rows;
    this.#specs = specs;
  }

  runWords({ ids, spans }: WordBatch): Promise<Float32Array[]> {
    return Promise.resolve(this.#specs.map((spec) => this.#vectors(spec, ids, spans)));
  }

  giveBack(): void {}

  close(): Promise<void> {
    return Promise.resolve();
  }

  #vectors(spec: WordSpec, ids: Int32Array, spans: Int32Array): Float32Array {
    const width = wordSpecWidth(spec, this.#rows.width);
    const out = new Float32Array((spans.length / 2) * width);
    for (let i = 0; 2 * i < spans.length; i++) {
      const [from, to] = [spans[2 * i]!, spans[2 * i + 1]!];
      const vector = out.subarray(i * width, (i + 1) * width);
      if (spec.word === 'mean') {
        this.#rows.mean(vector, ids.subarray(from, to), false);
      } else {
        const at = this.#rows.at(ids[spec.word === 'first' ? from : to - 1]!);
        vector.set(this.#rows.data.subarray(at, at + width));
      }
    }
    return out;
  }
}
