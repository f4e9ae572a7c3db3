import { existsSync } from 'node:fs';
import path from 'node:path';
import { datasetName, foreignMend, formatOf, FORMATS } from '../datasets/formats.ts';
import { deviceOf } from '../devices/device.ts';
import { HarnessError, option } from '../errors.ts';
import { ownEncoder, registryEncoder } from '../opening/encoder-ref.ts';
import { findDataset, type Datasets } from '../registry/datasets.ts';
import { lookUp } from '../registry/load.ts';
import type { Models } from '../registry/models.ts';
import { withUniqueDatasetNames, withUniqueEncoderNames, hubDataset, type DatasetRef, type EncoderRef } from './refs.ts';
import type { RunRequest } from './request.ts';
import type { Opening, Reading } from './workspace.ts';

/** Resolves the names in a request: encoders and datasets of the registries, of the hub, or the user's own. */

export interface ChosenEncoders {
  readonly list: readonly EncoderRef[];
  /** The registry's concatenation of all encoders was named as if it were an encoder. */
  readonly concat: boolean;
}

type EncoderNames = Pick<RunRequest, 'encoders' | 'firstLayers' | 'dtype'>;

/** The encoders named; those of `fallback` (a suite's) if none. Throws OPTION and UNKNOWN_NAME. */
export function chosenEncoders(
  { encoders, firstLayers, dtype }: EncoderNames,
  { models }: { readonly models: Models },
  fallback: readonly string[] = [],
): ChosenEncoders {
  const names = [...new Set(encoders ?? fallback)];
  const own = names.filter((name) => isOwn(name) || (isUnknown(models, name.replace(/@[^@]*$/, '')) && existsSync(name)));
  if (firstLayers !== undefined && own.length === 0) {
    throw new HarnessError('OPTION', {
      where: option('firstLayers'),
      what: `It applies to encoders given with ${option('model')}, and there is none.`,
      hint: 'For registry keys write KEY@N.',
    });
  }
  const entries = names.filter((name) => !own.includes(name)).map((name) => registryEncoder(models, name));
  const order = [...models.keys()];
  const real = entries
    .filter(({ entry }) => entry.concat !== true)
    .toSorted((a, b) => order.indexOf(a.entry.key) - order.indexOf(b.entry.key) || wholeFirst(a.firstLayers) - wholeFirst(b.firstLayers));
  const list: EncoderRef[] = [...real, ...own.map((value) => ownEncoder({ value, firstLayers, dtype }))];
  return { list: withUniqueEncoderNames(list), concat: real.length < entries.length };
}

type DatasetNames = Pick<RunRequest, 'datasets' | 'delimiter' | 'encoding' | 'skipInvalid'>;

/** The datasets named; those of `fallback` if none. Throws OPTION and UNKNOWN_NAME. */
export function chosenDatasets(
  request: DatasetNames,
  { datasets }: { readonly datasets: Datasets },
  fallback: readonly string[] = [],
): DatasetRef[] {
  const list = [...new Set(request.datasets ?? fallback)].map((name) => datasetRef(name, () => datasets));
  // Registry entries before the user's own, as for encoders.
  const ordered = [...list.filter(({ kind }) => kind === 'entry'), ...list.filter(({ kind }) => kind !== 'entry')];
  checkTableOptions(request, ordered);
  return withUniqueDatasetNames(ordered);
}

/** Resolves the name of a dataset. Throws OPTION if there is no such file, UNKNOWN_NAME if there is no such entry. */
export function datasetRef(name: string, registry: () => Datasets): DatasetRef {
  if (name.startsWith('hf:')) return hubDataset(name);
  if (!isOwn(name)) {
    const isPath = isUnknown(registry(), name) && (existsSync(name) || looksLikeFile(name));
    if (!isPath) {
      const entry = findDataset(registry(), name);
      return { kind: 'entry', name: entry.key, entry };
    }
  }
  if (existsSync(name)) return { kind: 'file', name: datasetName(name), file: name };
  const plain = name.replace(/^\.[/\\]/, '');
  const isHub = /^\w[\w.-]*\/[\w.-]+(?::[\w.-]+)?(?:@[\w./-]+)?$/.test(plain) && formatOf(plain) === undefined;
  throw new HarnessError('OPTION', {
    where: option('dataset'),
    what: `File not found: ${plain}.${isHub ? ` For a dataset of the hub write hf:${plain}.` : ''}`,
    hint: plain.split(',').every((each) => each !== '' && existsSync(each))
      ? `Give ${option('dataset')} once for each of them.`
      : 'Give the path of a .csv, .tsv, .jsonl, .json, .parquet, .conll or .conllu file, or of a folder.',
  });
}

/** Throws OPTION for table options if no table is named. */
export function checkTableOptions(request: DatasetNames, list: readonly DatasetRef[]): void {
  const given = (['delimiter', 'encoding', 'skipInvalid'] as const).find((name) => request[name] !== undefined && request[name] !== false);
  const hasTable = list.some((ref) => ref.kind !== 'entry' || (FORMATS as readonly string[]).includes(ref.entry.reader));
  if (given === undefined || list.length === 0 || hasTable) return;
  throw new HarnessError('OPTION', {
    where: option(given),
    what: 'It applies to dataset files, and none is given.',
    hint: `Omit it, or give a file with ${option('dataset')}.`,
  });
}

type ReadingOptions = Pick<
  RunRequest,
  | 'textColumn'
  | 'textPairColumn'
  | 'labelColumn'
  | 'splitColumn'
  | 'labelSeparator'
  | 'delimiter'
  | 'encoding'
  | 'skipInvalid'
  | 'labelField'
  | 'task'
  | 'deduplicate'
> &
  Partial<Pick<RunRequest, 'labels' | 'limit'>>;

/** How rows of datasets are read and selected. */
export function readingOf(options: ReadingOptions, seed: number): Reading {
  const { textColumn, textPairColumn, labelColumn, splitColumn, labelSeparator, delimiter, encoding, skipInvalid = false } = options;
  return {
    labels: options.labels ?? 'first',
    limit: options.limit,
    seed,
    labelField: options.labelField,
    ...(options.task !== undefined && { task: options.task }),
    deduplicate: options.deduplicate ?? false,
    tables: {
      textColumn,
      ...(textPairColumn !== undefined && { textPairColumn }),
      labelColumn,
      splitColumn,
      labelSeparator,
      delimiter,
      encoding,
      skipInvalid,
    },
  };
}

/** How encoders are opened. */
export function openingOf({
  dtype,
  maxLength,
  device = 'cpu',
  globalAttention,
  randomBlocks,
  adapterTask,
}: Pick<RunRequest, 'dtype' | 'maxLength' | 'globalAttention' | 'randomBlocks' | 'adapterTask'> &
  Partial<Pick<RunRequest, 'device'>>): Opening {
  const { device: named } = deviceOf(device);
  return { dtype, maxLength, options: { globalAttention, randomBlocks, task: adapterTask }, ...(named !== 'cpu' && { device: named }) };
}

/** A path or a hub repository, possibly with `NAME=`: no registry lookup. */
export function isOwn(name: string): boolean {
  return /^(hf:|\.{1,2}($|[/\\])|[/\\~]|[A-Za-z]:[/\\])/.test(name) || /^[\w.-]+=/.test(name) || path.isAbsolute(name);
}

/** Cannot be a registry key. */
export function looksLikeFile(name: string): boolean {
  return /[/\\]/.test(name) || formatOf(name) !== undefined || foreignMend(name) !== undefined;
}

function isUnknown(
  entries: ReadonlyMap<string, Parameters<typeof lookUp>[0] extends ReadonlyMap<string, infer T> ? T : never>,
  name: string,
): boolean {
  return lookUp(entries, name) === undefined;
}

/** The full encoder comes before its truncations, in whatever order they were typed: the order of a concatenation must not depend on it. */
function wholeFirst(firstLayers: number | undefined): number {
  return firstLayers ?? 0;
}
