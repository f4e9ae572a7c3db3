import { createRequire } from 'node:module';
import { HarnessError, option, reason } from '../errors.ts';

/** The part of hnswlib-node 3 that is used. It is compiled on installation, and therefore not a dependency of this package. */
export interface HnswLibrary {
  readonly HierarchicalNSW: new (space: 'l2', dimensions: number) => HnswIndex;
}

export interface HnswIndex {
  initIndex(options: { maxElements: number; m: number; efConstruction: number; randomSeed: number }): void;
  addPoint(point: number[], label: number): void;
  setEf(ef: number): void;
  searchKnn(point: number[], neighbours: number): { readonly neighbors: number[] };
}

const PACKAGE = 'hnswlib-node';

/** Throws OPTION if the package is not installed or was not compiled. */
export function loadHnswLibrary(): HnswLibrary {
  try {
    // A CommonJS package: resolved this way, it may be in NODE_PATH as well.
    return createRequire(import.meta.url)(PACKAGE) as HnswLibrary;
  } catch (error) {
    const missing = (error as { code?: unknown }).code === 'MODULE_NOT_FOUND' && reason(error).includes(`'${PACKAGE}'`);
    throw new HarnessError(
      'OPTION',
      {
        where: `${option('index')} hnswlib`,
        what: missing ? `${PACKAGE} is not installed.` : `${PACKAGE} does not load (${firstSentence(error)}).`,
        hint: `Run \`npm install --no-save ${PACKAGE}@3\`, which needs a C++ compiler and Python, or use ${option('index')} hnsw.`,
      },
      { cause: error },
    );
  }
}

/** Whether `--index hnswlib` is available. */
export function hasHnswLibrary(): boolean {
  try {
    loadHnswLibrary();
    return true;
  } catch {
    return false;
  }
}

function firstSentence(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!.replace(/[\s.:]+$/, '');
}
