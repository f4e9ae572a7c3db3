import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { HarnessError, reason, shown } from '../../errors.ts';

/** Larger sizes mean a broken or hostile config.json. */
const MOST = 1 << 24;

/** The settings of an encoder's config.json, each validated when it is read. All readers throw FORMAT, naming file and key. */
export class Config {
  readonly file: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** The values as JSON, for comparing two configurations. */
  readonly json: string;

  constructor(file: string, values: Readonly<Record<string, unknown>>) {
    this.file = file;
    this.values = values;
    this.json = JSON.stringify(values);
  }

  /** Throws FORMAT if it is missing or not a JSON object. */
  static async read(folder: string): Promise<Config> {
    const file = path.join(folder, 'config.json');
    let values: unknown;
    let config: Config;
    try {
      values = JSON.parse(await readFile(file, 'utf8'));
      config = new Config(file, values as Record<string, unknown>);
    } catch (error) {
      throw new HarnessError(
        'FORMAT',
        {
          where: file,
          what: `The encoder's configuration cannot be read (${reason(error)}).`,
          hint: 'A checkpoint needs its config.json.',
        },
        { cause: error },
      );
    }
    if (typeof values !== 'object' || values === null || Array.isArray(values))
      throw new HarnessError('FORMAT', { where: file, what: 'This is not an encoder configuration.' });
    return config;
  }

  get modelType(): string {
    return this.word('model_type');
  }

  has(key: string): boolean {
    return this.values[key] !== undefined && this.values[key] !== null;
  }

  /** A size: an integer of at least `min`. */
  size(key: string, { fallback, min = 1 }: { fallback?: number; min?: number } = {}): number {
    const value = this.has(key) ? this.values[key] : fallback;
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= MOST) return value;
    throw this.#wrong(key, `a whole number from ${min} to ${MOST}`);
  }

  /**
   * A size under its family's field name or the usual one, which the reference treats as the same. Throws FORMAT if both exist and differ.
   */
  sizeOf(key: string, usual: string): number {
    if (!this.has(usual)) return this.size(key);
    const size = this.size(usual);
    if (!this.has(key) || this.size(key) === size) return size;
    throw this.#wrong(usual, `the value of ${key}, ${this.size(key)},`);
  }

  number(key: string, fallback?: number): number {
    const value = this.has(key) ? this.values[key] : fallback;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw this.#wrong(key, 'a number');
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.has(key) ? this.values[key] : fallback;
    if (typeof value === 'boolean') return value;
    throw this.#wrong(key, 'true or false');
  }

  word(key: string, fallback?: string): string {
    const value = this.has(key) ? this.values[key] : fallback;
    if (typeof value === 'string') return value;
    throw this.#wrong(key, 'a word');
  }

  /** One of several known words. */
  choice<T extends string>(key: string, choices: readonly T[], fallback?: T): T {
    const value = this.word(key, fallback);
    const found = choices.find((each) => each === value);
    if (found === undefined) throw this.#wrong(key, choices.map((each) => `"${each}"`).join(' or '));
    return found;
  }

  /** A list of known words, or joined by "|". */
  words<T extends string>(key: string, choices: readonly T[], fallback: readonly T[]): T[] {
    const value = this.has(key) ? this.values[key] : fallback;
    const list =
      typeof value === 'string'
        ? value
            .toLowerCase()
            .split('|')
            .map((each) => each.trim())
        : value;
    const known = (each: unknown): each is T => choices.some((choice) => choice === each);
    if (Array.isArray(list) && list.every(known)) return list;
    throw this.#wrong(key, `one of ${choices.map((each) => `"${each}"`).join(', ')}`);
  }

  /** A nested object, read in the same way; an empty one if it is missing. */
  inside(key: string): Config {
    const value = this.has(key) ? this.values[key] : {};
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.#wrong(key, 'an object');
    return new Config(`${this.file}: ${key}`, value as Record<string, unknown>);
  }

  /** Sizes per layer: a list, or one for all. */
  sizes(key: string, layers: number, fallback?: number): number[] {
    const value = this.has(key) ? this.values[key] : fallback;
    const list = Array.isArray(value) ? (value as unknown[]) : Array.from({ length: layers }, () => value);
    if (list.length === layers && list.every((each) => typeof each === 'number' && Number.isInteger(each) && each >= 1 && each <= MOST))
      return list as number[];
    throw this.#wrong(key, `a whole number, or a list of ${layers}`);
  }

  #wrong(key: string, want: string): HarnessError {
    return new HarnessError('FORMAT', {
      where: `${this.file}: ${key}`,
      what: `Expected ${want}, got ${this.values[key] === undefined ? 'missing' : shown(this.values[key])}.`,
      hint: 'Check the checkpoint, or use an ONNX file of the encoder.',
    });
  }
}
