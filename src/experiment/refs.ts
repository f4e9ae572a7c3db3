import path from 'node:path';
import { datasetName } from '../datasets/formats.ts';
import { option } from '../errors.ts';
import { withCut, type EncoderRef } from '../opening/encoder-ref.ts';
import type { DatasetEntry } from '../registry/schema.ts';
import { CONCAT_ALL } from '../results/encoder-names.ts';
import { parseDatasetReference, type DatasetReference } from '../sources/hub/dataset.ts';
import { uniqueNames, pathEnds } from './unique-names.ts';

export type { EncoderRef };

/** A dataset as requested, as a plain value: a registry entry, a file of the user's, or a hub repository. `name` is the name in tables. */
export type DatasetRef =
  | { readonly kind: 'entry'; readonly name: string; readonly entry: DatasetEntry }
  | { readonly kind: 'file'; readonly name: string; readonly file: string }
  | { readonly kind: 'hub'; readonly name: string; readonly reference: DatasetReference };

/** A hub dataset: `hf:org/name[:CONFIG][@revision]`. Throws OPTION. */
export function hubDataset(value: string): DatasetRef & { readonly kind: 'hub' } {
  const reference = parseDatasetReference(value);
  return { kind: 'hub', name: reference.name, reference };
}

/** Encoders under unique names. */
export function withUniqueEncoderNames<T extends EncoderRef>(list: readonly T[]): T[] {
  const folders = list.map((each) => (each.kind === 'folder' ? each.folder : ''));
  return uniqueNames<T>(list, {
    where: option('model'),
    identity: (each) =>
      JSON.stringify(
        each.kind === 'entry' ? [each.name] : [each.name, each.firstLayers, each.kind === 'hub' ? [each.source] : [each.folder, each.onnx]],
      ),
    paths(each) {
      if (each.kind !== 'folder' || each.named) return [];
      const { folder, onnx, firstLayers } = each;
      // Two graphs in one folder are distinguished by file name.
      const alone = onnx === undefined || folders.filter((other) => other === folder).length < 2;
      const ends = alone ? pathEnds(folder) : pathEnds(onnx, path.relative(folder, onnx).split(path.sep).length + 1);
      return ends.map((end) => withCut(end, firstLayers));
    },
    rename: (each, name) => ({ ...each, name }),
    taken: { name: CONCAT_ALL, what: 'concatenation of all encoders' },
  });
}

/** Datasets under unique names. */
export function withUniqueDatasetNames(list: readonly DatasetRef[]): DatasetRef[] {
  return uniqueNames(list, {
    where: option('dataset'),
    identity: (each) => JSON.stringify(each.kind === 'file' ? [path.resolve(each.file)] : [each.name]),
    // Two files in one folder are distinguished by extension.
    paths: (each) =>
      each.kind === 'file'
        ? [...pathEnds(path.join(path.dirname(path.resolve(each.file)), datasetName(each.file))), ...pathEnds(each.file)]
        : [],
    rename: (each, name) => ({ ...each, name }),
  });
}
