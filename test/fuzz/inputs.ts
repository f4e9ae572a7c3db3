import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { randomInts } from '../../src/numeric/random.ts';
import { mutator, replaceFile } from '../mutations.ts';
import type { FuzzReader, Input, Seed } from './reader.ts';

/** So far apart that the inputs of two seeds differ. */
const STRIDE = 1_000_003;

/** The inputs of a reader. Input `n` of a seed is always the same, whichever came before. */
export class Inputs {
  readonly #reader: FuzzReader;
  readonly #seeds: readonly Seed[];
  readonly #root: string;
  readonly #pool: readonly Uint8Array[];

  private constructor({ reader, seeds, root }: { reader: FuzzReader; seeds: readonly Seed[]; root: string }) {
    this.#reader = reader;
    this.#seeds = seeds;
    this.#root = root;
    this.#pool = seeds.map(({ bytes }) => bytes);
  }

  /** Writes the files that are not changed into `root`. */
  static async open(reader: FuzzReader, root: string): Promise<Inputs> {
    const seeds = await reader.seeds();
    for (const [i, { beside = {}, name }] of seeds.entries()) {
      for (const [file, content] of Object.entries({ ...beside, [name]: '' })) {
        const place = path.join(root, String(i), file);
        mkdirSync(path.dirname(place), { recursive: true });
        writeFileSync(place, content);
      }
    }
    return new Inputs({ reader, seeds, root });
  }

  get seeds(): number {
    return this.#seeds.length;
  }

  /** An unchanged seed file. */
  unchanged(at: number): Input & { bytes: Uint8Array } {
    return this.#write(at, Buffer.from(this.#seeds[at]!.bytes));
  }

  changed(seed: number, number: number): Input & { bytes: Uint8Array } {
    const own = (seed * STRIDE + number) | 0;
    const at = randomInts(~own)(0, this.#seeds.length - 1);
    return this.#write(at, mutator(own, this.#reader.changes)(this.#seeds[at]!.bytes, this.#pool));
  }

  #write(at: number, changed: Buffer): Input & { bytes: Uint8Array } {
    const seed = this.#seeds[at]!;
    const folder = path.join(this.#root, String(at));
    const file = path.join(folder, seed.name);
    const bytes = seed.wrap?.(changed) ?? changed;
    replaceFile(file, bytes);
    return { folder, file, seed, bytes: bytes.length > changed.length ? bytes : changed };
  }
}
