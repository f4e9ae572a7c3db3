import { option } from '../errors.ts';
import { resolveFileSource } from './file-source.ts';
import { loadRegistry, lookUp, unknownName } from './load.ts';
import { datasetsFile, type DatasetEntry } from './schema.ts';

export type Datasets = ReadonlyMap<string, DatasetEntry>;

/** Datasets by key: those of datasets.json, or of the user's file. Throws REGISTRY. */
export function loadDatasets(file?: string): Datasets {
  const entries = loadRegistry({ file: 'datasets.json', under: 'datasets', schema: datasetsFile }, file);
  return new Map(
    [...entries].map(([key, entry]) => [
      key,
      { ...entry, files: entry.files.map((each) => ({ ...each, from: each.from.map((source) => resolveFileSource(source, file)) })) },
    ]),
  );
}

/** The dataset of a key or alias. Throws UNKNOWN_NAME. */
export function findDataset(datasets: Datasets, name: string): DatasetEntry {
  const entry = lookUp(datasets, name);
  if (entry === undefined)
    throw unknownName({
      entries: datasets,
      name,
      what: 'dataset',
      hint: `See \`bench datasets\`; for your own file use ${option('dataset')}.`,
    });
  return entry;
}
