import { loadRegistry, lookUp, unknownName } from './load.ts';
import { suitesFile, type SuiteEntry } from './schema.ts';

export type Suites = ReadonlyMap<string, SuiteEntry>;

/** Suites by key: those of suites.json, or of the user's file. Throws REGISTRY. */
export function loadSuites(file?: string): Suites {
  return loadRegistry({ file: 'suites.json', under: 'suites', schema: suitesFile }, file);
}

/** The suite of a key. Throws UNKNOWN_NAME. */
export function findSuite(suites: Suites, name: string): SuiteEntry {
  const entry = lookUp(suites, name);
  if (entry === undefined) throw unknownName({ entries: suites, name, what: 'suite', hint: `Suites: ${[...suites.keys()].join(', ')}.` });
  return entry;
}
