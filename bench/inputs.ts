import { existsSync } from 'node:fs';
import path from 'node:path';
import { openEncoder, type Encoder } from '../src/encoders/encoder.ts';
import { DEFAULT_OPTIONS, GLOBAL_ATTENTIONS, RANDOM_BLOCKS, type FamilyOptions } from '../src/encoders/families/family.ts';
import { HarnessError } from '../src/errors.ts';
import { trainingFolder, vectorFolder } from '../src/home.ts';
import type { Dataset } from '../src/datasets/dataset.ts';
import { datasetName, foreignMend, formatOf, FORMATS } from '../src/datasets/formats.ts';
import type { Limit } from '../src/datasets/limit.ts';
import { loadDataset, loadSecondField, loadToCheck, type LoadParams } from '../src/datasets/load.ts';
import { LABEL_MODES, type LabelMode } from '../src/knn/types.ts';
import { ownEncoder, registryEncoder, withCut, type EncoderChoice } from '../src/opening/choice.ts';
import { checkpointFiles, encoderFiles, openChoice, type EncoderPlace } from '../src/opening/open.ts';
import type { Progress } from '../src/report/progress.ts';
import { printable } from '../src/report/text.ts';
import { findDataset, loadDatasets, type Datasets } from '../src/registry/datasets.ts';
import { loadModels, type Models } from '../src/registry/models.ts';
import type { DatasetEntry } from '../src/registry/schema.ts';
import { parseDatasetReference, type DatasetReference } from '../src/sources/hub/dataset.ts';
import { openSources, type Sources } from '../src/sources/sources.ts';
import { DTYPES } from '../src/sources/encoder-files.ts';
import type { Availability as Plan } from '../src/sources/types.ts';
import { fetchingTasks } from './fetching.ts';
import { hubPlan, hubSpec } from './hub-dataset.ts';
import type { SecondField, TrainedEncoder } from './finetuning.ts';
import { namesApart, pathEnds } from './names-apart.ts';
import { isSet, keys, limitOf, text, texts, whole, word } from './options.ts';
import { tableFlags, tableSettings } from './table-settings.ts';
import type { Arguments } from './verb.ts';

export type { EncoderChoice };

/** A data set as it was asked for: a registry entry, a file of the user's, or a repository of the hub. */
export type DatasetChoice =
  | { readonly kind: 'entry'; readonly name: string; readonly entry: DatasetEntry }
  | { readonly kind: 'file'; readonly name: string; readonly file: string }
  | { readonly kind: 'hub'; readonly name: string; readonly reference: DatasetReference };

export interface ChosenEncoders {
  readonly list: readonly EncoderChoice[];
  /** The registry's "all of them side by side" was named as if it were an encoder. */
  readonly concat: boolean;
}

export interface DatasetSettings {
  readonly labels: LabelMode;
  readonly limit: Limit | undefined;
  readonly seed: number;
}

export interface EncoderSettings {
  readonly dtype: string | undefined;
  /** The user's limit. */
  readonly maxLength: number | undefined;
}

/** What a verb reads: registries, sources, and what the flags choose from them. */
export class Inputs {
  readonly models: Models;
  readonly datasets: Datasets;
  readonly sources: Sources;
  readonly vectorFolder: string;
  readonly trainingFolder: string;
  readonly #argv: Arguments;
  readonly #progress: Progress;
  /** Said once. */
  readonly #notes = new Set<string>();
  readonly #pinned = new Map<string, string>();

  constructor(argv: Arguments, progress: Progress) {
    this.#argv = argv;
    this.#progress = progress;
    checkChoices(argv);
    this.models = loadModels(text(argv, 'models-file'));
    this.datasets = loadDatasets(text(argv, 'datasets-file'));
    const cacheDir = text(argv, 'cache')!;
    this.vectorFolder = vectorFolder(cacheDir);
    this.trainingFolder = trainingFolder(cacheDir);
    this.sources = openSources({
      cacheDir,
      offline: isSet(argv, 'offline'),
      mirrors: texts(argv, 'mirror'),
      onProgress: fetchingTasks(progress),
      onNote: (note) => {
        if (this.#notes.has(note)) return;
        this.#notes.add(note);
        if (isSet(argv, 'quiet')) process.stderr.write(`${printable(note)}\n`);
        else progress.log(note);
      },
    });
  }

  /** Encoders that --encoders and --model name; those of `fallback` (a suite's) where neither does. */
  chosenEncoders(fallback: readonly string[] = []): ChosenEncoders {
    const own = texts(this.#argv, 'model');
    const cut = whole(this.#argv, 'first-layers');
    if (cut !== undefined && own.length === 0) {
      throw new HarnessError('OPTION', { where: '--first-layers', what: 'It cuts what --model names, and there is none.', mend: 'Registry keys are cut by KEY@N.' });
    }
    const named = keys(this.#argv, 'encoders');
    const entries = (named.length === 0 && own.length === 0 ? fallback : named).map((name) => registryEncoder(this.models, name));
    const order = [...this.models.keys()];
    const real = entries.filter(({ entry }) => entry.concat !== true).toSorted((a, b) => order.indexOf(a.entry.key) - order.indexOf(b.entry.key) || wholeFirst(a.firstLayers) - wholeFirst(b.firstLayers));
    const list: EncoderChoice[] = [...real, ...own.map((value) => ownEncoder({ value, firstLayers: cut, dtype: text(this.#argv, 'dtype') }))];
    return { list: encodersApart(list), concat: real.length < entries.length };
  }

  /** Data sets that --datasets and --dataset name; those of `fallback` where neither does. */
  chosenDatasets(fallback: readonly string[] = []): DatasetChoice[] {
    const own = texts(this.#argv, 'dataset');
    const named = keys(this.#argv, 'datasets');
    const entries = (named.length === 0 && own.length === 0 ? fallback : named).map((name) => findDataset(this.datasets, name));
    const list = [
      ...entries.map((entry): DatasetChoice => ({ kind: 'entry', name: entry.key, entry })),
      ...own.map((value) => this.#ownDataset(value)),
    ];
    const [flag] = tableFlags(this.#argv);
    if (flag !== undefined && list.length > 0 && !list.some((choice) => choice.kind !== 'entry' || (FORMATS as readonly string[]).includes(choice.entry.reader))) {
      throw new HarnessError('OPTION', { where: flag, what: 'It is for tables of your own, and there is none.', mend: 'Leave it out, or name a file with --dataset.' });
    }
    return datasetsApart(list);
  }

  async openDataset(choice: DatasetChoice, settings: DatasetSettings): Promise<Dataset> {
    return loadDataset(this.#loadParams(choice, settings));
  }

  /** The same, were it of one class alone. */
  async openToCheck(choice: DatasetChoice, settings: DatasetSettings): Promise<Dataset> {
    return loadToCheck(this.#loadParams(choice, settings));
  }

  /** Labels of the same rows in another field: the one named, or the only other one that the data set has. */
  async openSecondField(choice: DatasetChoice, settings: DatasetSettings, { field, first }: { field: string | undefined; first: string }): Promise<SecondField> {
    const others = choice.kind === 'entry' ? choice.entry.labelFields.filter((each) => each !== first) : [];
    const second = field ?? others[0];
    if (second === undefined) throw new HarnessError('DATA', { where: choice.name, what: `It has no label field beside ${first}, and the objective learns from two.`, mend: 'Name one with --second-label-field, or give another objective.' });
    return loadSecondField(this.#loadParams(choice, settings), second);
  }

  /** Datasets of the hub that were opened, and the commit of each: `org/name:CONFIG` → `hf:org/name:CONFIG@commit`. */
  get pinned(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#pinned);
  }

  /** Where the files of a hub's dataset are. Throws as `locateHubFiles`. */
  async planHubDataset({ reference }: DatasetChoice & { readonly kind: 'hub' }): Promise<Plan> {
    return hubPlan({ reference, sources: this.sources });
  }

  #loadParams(choice: DatasetChoice, { labels, limit, seed }: DatasetSettings): LoadParams {
    const columns = tableSettings(this.#argv);
    const shared = { labels: labels === 'all' ? ('multi' as const) : labels, limit, seed, labelField: text(this.#argv, 'label-field'), deduplicate: isSet(this.#argv, 'deduplicate') };
    if (choice.kind === 'file') return { file: { path: choice.file, name: choice.name, ...columns }, ...shared };
    if (choice.kind === 'hub') {
      const { name, reference } = choice;
      const found = (commit: string) => void this.#pinned.set(name, pinnedText(reference, commit));
      return { hub: hubSpec({ reference, sources: this.sources, columns, found }), ...shared };
    }
    return { entry: choice.entry, fetchFile: (file) => this.sources.fetchFile(file), columns, ...shared };
  }

  async openEncoder(choice: EncoderChoice, { dtype, maxLength }: EncoderSettings): Promise<Encoder> {
    return this.#said(await openChoice({ choice, sources: this.sources, dtype, maxLength, options: this.familyOptions }));
  }

  /** An encoder's files on this disk, fetched where they have to be. */
  async encoderFiles(choice: EncoderChoice, dtype: string | undefined): Promise<EncoderPlace> {
    return encoderFiles({ choice, sources: this.sources, dtype });
  }

  /** An encoder to be trained: its checkpoint where there is one in reach and no number type is asked for, else its ONNX file. */
  async openTrained(choice: EncoderChoice, settings: EncoderSettings): Promise<TrainedEncoder> {
    const { folder, onnx, revision } = settings.dtype === undefined ? await this.#trainedFiles(choice) : await this.encoderFiles(choice, settings.dtype);
    const { name, firstLayers } = choice;
    const options = this.familyOptions;
    const encoder = await openEncoder({
      name, folder, onnx, revision, firstLayers, options,
      maxLength: settings.maxLength ?? (choice.kind === 'entry' ? choice.entry.maxLength : undefined),
      sha256: (file) => this.sources.hashOf(file),
    });
    this.#said(encoder);
    return { encoder, files: { name, folder, onnx, firstLayers, options } };
  }

  /** Says, once, what a person should know of an encoder's files; also where no progress is shown. */
  #said(encoder: Encoder): Encoder {
    for (const note of encoder.notes) {
      const line = printable(`${encoder.name}: ${note}`);
      if (this.#notes.has(line)) continue;
      this.#notes.add(line);
      if (isSet(this.#argv, 'quiet')) process.stderr.write(`${line}\n`);
      else this.#progress.log(line);
    }
    return encoder;
  }

  async #trainedFiles(choice: EncoderChoice): Promise<EncoderPlace> {
    try {
      return { revision: '', ...(await this.checkpointFiles(choice)) };
    } catch (error) {
      // An entry whose checkpoint nobody gives now may have an ONNX file that somebody does.
      if (choice.kind !== 'entry' || !(error instanceof HarnessError)) throw error;
      return this.encoderFiles(choice, undefined);
    }
  }

  /** The same, and the checkpoint where an encoder comes as an ONNX file too. */
  async checkpointFiles(choice: EncoderChoice): Promise<Omit<EncoderPlace, 'revision'>> {
    return checkpointFiles({ choice, sources: this.sources });
  }

  /** What the flags choose of what families leave open. */
  get familyOptions(): FamilyOptions {
    return {
      globalAttention: word(this.#argv, 'global-attention', GLOBAL_ATTENTIONS) ?? DEFAULT_OPTIONS.globalAttention,
      randomBlocks: word(this.#argv, 'random-blocks', RANDOM_BLOCKS) ?? DEFAULT_OPTIONS.randomBlocks,
    };
  }

  #ownDataset(value: string): DatasetChoice {
    if (value.startsWith('hf:')) return hubChoice(value);
    if (existsSync(value)) return { kind: 'file', name: datasetName(value), file: value };
    if (/[/\\]/.test(value) || formatOf(value) !== undefined || foreignMend(value) !== undefined) {
      const hub = /^\w[\w.-]*\/[\w.-]+(?::[\w.-]+)?(?:@[\w./-]+)?$/.test(value) && formatOf(value) === undefined ? ` A dataset of the hub is written hf:${value}.` : '';
      throw new HarnessError('OPTION', { where: '--dataset', what: `There is no file ${value}.${hub}`, mend: 'Give the path of a .csv, .tsv, .jsonl, .json or .parquet file, or of a folder.' });
    }
    const entry = findDataset(this.datasets, value);
    return { kind: 'entry', name: entry.key, entry };
  }
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

/** A dataset of the hub. Throws OPTION. */
export function hubChoice(value: string): DatasetChoice & { readonly kind: 'hub' } {
  const reference = parseDatasetReference(value);
  return { kind: 'hub', name: reference.name, reference };
}

function pinnedText({ id, config }: DatasetReference, commit: string): string {
  return `hf:${id}${config === undefined ? '' : `:${config}`}@${commit}`;
}

/** Of one encoder the whole comes before its cuts, however they were typed: the order of a concatenation must not depend on it. */
function wholeFirst(firstLayers: number | undefined): number {
  return firstLayers ?? 0;
}

/** Encoders under names of their own. */
export function encodersApart<T extends EncoderChoice>(list: readonly T[]): T[] {
  const folders = list.map((each) => (each.kind === 'folder' ? each.folder : ''));
  return namesApart<T>(list, {
    where: '--model',
    identity: (each) => JSON.stringify(each.kind === 'entry' ? [each.name] : [each.name, each.firstLayers, each.kind === 'hub' ? [each.source] : [each.folder, each.onnx]]),
    paths(each) {
      if (each.kind !== 'folder' || each.named) return [];
      const { folder, onnx, firstLayers } = each;
      // Two graphs of one folder are told apart by their files.
      const alone = onnx === undefined || folders.filter((other) => other === folder).length < 2;
      const ends = alone ? pathEnds(folder) : pathEnds(onnx, path.relative(folder, onnx).split(path.sep).length + 1);
      return ends.map((end) => withCut(end, firstLayers));
    },
    rename: (each, name) => ({ ...each, name }),
  });
}

/** Data sets under names of their own. */
export function datasetsApart(list: readonly DatasetChoice[]): DatasetChoice[] {
  return namesApart(list, {
    where: '--dataset',
    identity: (each) => JSON.stringify(each.kind === 'file' ? [path.resolve(each.file)] : [each.name]),
    // Two files of one folder are told apart by how they end.
    paths: (each) => (each.kind === 'file' ? [...pathEnds(path.join(path.dirname(path.resolve(each.file)), datasetName(each.file))), ...pathEnds(each.file)] : []),
    rename: (each, name) => ({ ...each, name }),
  });
}
