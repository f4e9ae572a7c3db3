import { createRequire } from 'node:module';
import { HarnessError, option, reason } from '../errors.ts';

/** The part of usearch 2 that is used. Its package contains the compiled library for some platforms; it is an optional dependency. */
export interface UsearchLibrary {
  readonly Index: new (options: UsearchOptions) => UsearchIndex;
}

export interface UsearchOptions {
  readonly dimensions: number;
  readonly metric: 'l2sq';
  readonly quantization: 'i8';
  readonly connectivity: number;
  readonly expansion_add: number;
  readonly expansion_search: number;
  readonly multi: false;
}

export interface UsearchIndex {
  /** Vectors [keys.length, dimensions]. */
  add(keys: BigUint64Array, vectors: Int8Array, threads: number): void;
  /** For queries [m, dimensions]: m times k keys; entries beyond `counts` are undefined. A single query has no counts. */
  search(
    queries: Int8Array,
    k: number,
    threads: number,
  ): { readonly keys: BigUint64Array; readonly distances: Float32Array; readonly counts?: BigUint64Array };
}

const PACKAGE = 'usearch';

/**
 * 8-bit codes in the form that the compiled library takes unchanged. The package's own JavaScript converts arrays of another constructor to
 * float32, which its index would scale to unit length, each one separately.
 */
export function asTheyAre(codes: Int8Array): Int8Array {
  return Object.defineProperty(codes, 'constructor', { value: Float32Array });
}

/** Throws OPTION if there is no compiled library for this platform, or it does not load. */
export function loadUsearch(): UsearchLibrary {
  try {
    return createRequire(import.meta.url)(PACKAGE) as UsearchLibrary;
  } catch (error) {
    const missing = (error as { code?: unknown }).code === 'MODULE_NOT_FOUND' && reason(error).includes(`'${PACKAGE}'`);
    const platform = `${process.platform} ${process.arch}`;
    throw new HarnessError(
      'OPTION',
      {
        where: `${option('index')} hnsw`,
        what: missing ? `${PACKAGE} is not installed.` : `${PACKAGE} has no library that loads on ${platform}.`,
        hint: `Use ${option('index')} exact, or hnswlib if a C++ compiler is available.`,
      },
      { cause: error },
    );
  }
}

/** Why `--index hnsw` is unavailable; undefined if it is available. */
export function usearchMissing(): string | undefined {
  try {
    loadUsearch();
    return undefined;
  } catch (error) {
    return error instanceof HarnessError ? error.complaint.what : reason(error);
  }
}
