import type { Change } from '../mutations.ts';

/** A valid file, to be made wrong. */
export interface Seed {
  /** Name of the file that is changed; it lies in a folder of its own. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Files beside it, which stay as they are. */
  readonly beside?: Readonly<Record<string, Uint8Array | string>>;
  /** Puts changed bytes where the format has them: into a compressed file, behind a length. */
  readonly wrap?: (bytes: Buffer) => Uint8Array;
}

/** Where an input lies. */
export interface Input {
  readonly folder: string;
  readonly file: string;
  readonly seed: Seed;
}

/** Whatever takes bytes that somebody else has made. */
export interface FuzzReader {
  readonly seeds: () => readonly Seed[] | Promise<readonly Seed[]>;
  /** Changes that know the format, besides those that know bytes alone. */
  readonly changes: readonly Change[];
  /** Reads as the program does, and uses what was read as far as it may still be refused. */
  readonly read: (input: Input) => unknown;
  /** How many inputs it gets beside the others; 1 where left out. */
  readonly share?: number;
}

/** Seeds of one file each, which differ in their bytes alone. */
export function seedsOf(name: string, texts: readonly (string | Uint8Array)[], more: Omit<Seed, 'name' | 'bytes'> = {}): Seed[] {
  return texts.map((text) => ({ ...more, name, bytes: Buffer.from(text) }));
}
