import type { Change } from '../mutations.ts';

/** A valid file to modify. */
export interface Seed {
  /** Name of the file that is modified; it is in its own folder. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Other files of the folder, which are not modified. */
  readonly beside?: Readonly<Record<string, Uint8Array | string>>;
  /** Puts modified bytes where the format has them: into a compressed file, after a length. */
  readonly wrap?: (bytes: Buffer) => Uint8Array;
}

/** Location of an input. */
export interface Input {
  readonly folder: string;
  readonly file: string;
  readonly seed: Seed;
}

/** A reader of untrusted bytes. */
export interface FuzzReader {
  readonly seeds: () => readonly Seed[] | Promise<readonly Seed[]>;
  /** Format-specific changes, in addition to generic ones. */
  readonly changes: readonly Change[];
  /** Reads as the program does, and uses the result as far as it may still be refused. */
  readonly read: (input: Input) => unknown;
  /** Weight of the reader relative to the others; default: 1. */
  readonly share?: number;
}

/** Seeds with one file each, which differ only in their bytes. */
export function seedsOf(name: string, texts: readonly (string | Uint8Array)[], more: Omit<Seed, 'name' | 'bytes'> = {}): Seed[] {
  return texts.map((text) => ({ ...more, name, bytes: Buffer.from(text) }));
}
