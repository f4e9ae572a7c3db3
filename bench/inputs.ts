import { existsSync } from 'node:fs';
import { datasetName, foreignMend, formatOf, FORMATS } from '../src/datasets/formats.ts';
import { DEFAULT_OPTIONS, GLOBAL_ATTENTIONS, RANDOM_BLOCKS } from '../src/encoders/families/family.ts';
import { HarnessError } from '../src/errors.ts';
import { datasetsApart, encodersApart, hubDataset, type DatasetRef, type EncoderRef } from '../src/experiment/refs.ts';
import { Workspace, type Opening, type Reading } from '../src/experiment/workspace.ts';
import { LABEL_MODES } from '../src/knn/types.ts';
import { ownEncoder, registryEncoder } from '../src/opening/encoder-ref.ts';
import type { Progress } from '../src/progress.ts';
import { findDataset, loadDatasets, type Datasets } from '../src/registry/datasets.ts';
import { loadModels } from '../src/registry/models.ts';
import { DTYPES } from '../src/sources/encoder-files.ts';
import { fetchingTasks } from './fetching.ts';
import { isSet, keys, limitOf, text, texts, whole, wholes, word } from './options.ts';
import { say } from './say.ts';
import { tableFlags, tableSettings } from './table-settings.ts';
import type { Arguments } from './verb.ts';

export interface ChosenEncoders {
  readonly list: readonly EncoderRef[];
  /** The registry's "all of them side by side" was named as if it were an encoder. */
  readonly concat: boolean;
}

/** The workspace that the flags describe. Throws OPTION for a value that a flag of encoders or datasets does not take, before anything is fetched. */
export function openWorkspace(argv: Arguments, progress: Progress): Workspace {
  checkChoices(argv);
  return new Workspace({
    models: loadModels(text(argv, 'models-file')),
    datasets: loadDatasets(text(argv, 'datasets-file')),
    cacheDir: text(argv, 'cache')!,
    offline: isSet(argv, 'offline'),
    mirrors: texts(argv, 'mirror'),
    onDownload: fetchingTasks(progress),
    // A note is no progress: it is said even where nothing else is.
    onNote: (note) => (isSet(argv, 'quiet') ? say(process.stderr, note) : progress.log(note)),
  });
}

/** Encoders that --encoders and --model name; those of `fallback` (a suite's) where neither does. */
export function chosenEncoders(argv: Arguments, { models }: Pick<Workspace, 'models'>, fallback: readonly string[] = []): ChosenEncoders {
  const own = texts(argv, 'model');
  const cut = whole(argv, 'first-layers');
  if (cut !== undefined && own.length === 0) {
    throw new HarnessError('OPTION', {
      where: '--first-layers',
      what: 'It cuts what --model names, and there is none.',
      mend: 'Registry keys are cut by KEY@N.',
    });
  }
  const named = keys(argv, 'encoders');
  const entries = (named.length === 0 && own.length === 0 ? fallback : named).map((name) => registryEncoder(models, name));
  const order = [...models.keys()];
  const real = entries
    .filter(({ entry }) => entry.concat !== true)
    .toSorted((a, b) => order.indexOf(a.entry.key) - order.indexOf(b.entry.key) || wholeFirst(a.firstLayers) - wholeFirst(b.firstLayers));
  const list: EncoderRef[] = [...real, ...own.map((value) => ownEncoder({ value, firstLayers: cut, dtype: text(argv, 'dtype') }))];
  return { list: encodersApart(list), concat: real.length < entries.length };
}

/** Datasets that --datasets and --dataset name; those of `fallback` where neither does. */
export function chosenDatasets(argv: Arguments, { datasets }: Pick<Workspace, 'datasets'>, fallback: readonly string[] = []): DatasetRef[] {
  const own = texts(argv, 'dataset');
  const named = keys(argv, 'datasets');
  const entries = (named.length === 0 && own.length === 0 ? fallback : named).map((name) => findDataset(datasets, name));
  const list = [
    ...entries.map((entry): DatasetRef => ({ kind: 'entry', name: entry.key, entry })),
    ...own.map((value) => ownDataset(value, () => datasets)),
  ];
  checkTableFlags(argv, list);
  return datasetsApart(list);
}

/** How the flags say that datasets are read. */
export function readingOf(argv: Arguments): Reading {
  return {
    labels: word(argv, 'labels', LABEL_MODES) ?? 'first',
    limit: limitOf(argv),
    seed: wholes(argv, 'seed', 0)[0] ?? 1,
    labelField: text(argv, 'label-field'),
    deduplicate: isSet(argv, 'deduplicate'),
    tables: tableSettings(argv),
  };
}

/** How the flags say that encoders are opened. */
export function openingOf(argv: Arguments): Opening {
  return {
    dtype: word(argv, 'dtype', DTYPES),
    maxLength: whole(argv, 'max-length', 3),
    options: {
      globalAttention: word(argv, 'global-attention', GLOBAL_ATTENTIONS) ?? DEFAULT_OPTIONS.globalAttention,
      randomBlocks: word(argv, 'random-blocks', RANDOM_BLOCKS) ?? DEFAULT_OPTIONS.randomBlocks,
    },
  };
}

/** Throws OPTION for flags of tables where none is named. */
export function checkTableFlags(argv: Arguments, list: readonly DatasetRef[]): void {
  const [flag] = tableFlags(argv);
  if (
    flag !== undefined
    && list.length > 0
    && !list.some((ref) => ref.kind !== 'entry' || (FORMATS as readonly string[]).includes(ref.entry.reader))
  ) {
    throw new HarnessError('OPTION', {
      where: flag,
      what: 'It is for tables of your own, and there is none.',
      mend: 'Leave it out, or name a file with --dataset.',
    });
  }
}

/** What a value of --dataset names. Throws OPTION where nothing is called so. */
export function ownDataset(value: string, registry: () => Datasets): DatasetRef {
  if (value.startsWith('hf:')) return hubDataset(value);
  if (existsSync(value)) return { kind: 'file', name: datasetName(value), file: value };
  if (/[/\\]/.test(value) || formatOf(value) !== undefined || foreignMend(value) !== undefined) {
    const hub =
      /^\w[\w.-]*\/[\w.-]+(?::[\w.-]+)?(?:@[\w./-]+)?$/.test(value) && formatOf(value) === undefined
        ? ` A dataset of the hub is written hf:${value}.`
        : '';
    throw new HarnessError('OPTION', {
      where: '--dataset',
      what: `There is no file ${value}.${hub}`,
      mend: 'Give the path of a .csv, .tsv, .jsonl, .json or .parquet file, or of a folder.',
    });
  }
  const entry = findDataset(registry(), value);
  return { kind: 'entry', name: entry.key, entry };
}

/** Throws OPTION for a value that a flag of encoders or data sets does not take: in every verb, and before anything is fetched. */
function checkChoices(argv: Arguments): void {
  word(argv, 'dtype', DTYPES);
  word(argv, 'global-attention', GLOBAL_ATTENTIONS);
  word(argv, 'random-blocks', RANDOM_BLOCKS);
  word(argv, 'labels', LABEL_MODES);
  whole(argv, 'max-length', 3);
  whole(argv, 'first-layers');
  whole(argv, 'threads');
  whole(argv, 'token-budget');
  limitOf(argv);
}

/** Of one encoder the whole comes before its cuts, however they were typed: the order of a concatenation must not depend on it. */
function wholeFirst(firstLayers: number | undefined): number {
  return firstLayers ?? 0;
}
