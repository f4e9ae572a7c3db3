import type { ColumnNames } from '../datasets/corpus.ts';
import type { Dataset, Task } from '../datasets/dataset.ts';
import type { Limit } from '../datasets/limit.ts';
import { loadDataset, loadSecondField, loadToCheck, type LoadParams } from '../datasets/load.ts';
import type { Device } from '../devices/device.ts';
import { openEncoder, promptedEncoder, type Encoder } from '../encoders/encoder.ts';
import type { FamilyOptions } from '../encoders/families/family.ts';
import type { PromptChoice } from '../encoders/prompts.ts';
import { HarnessError, option } from '../errors.ts';
import { jobFolder, trainingFolder, vectorFolder } from '../home.ts';
import type { LabelMode } from '../knn/types.ts';
import { checkpointFiles, encoderFiles, openEncoderRef, type EncoderFiles } from '../opening/open.ts';
import type { Datasets } from '../registry/datasets.ts';
import type { Models } from '../registry/models.ts';
import type { DatasetReference } from '../sources/hub/dataset.ts';
import { openSources, type Sources } from '../sources/sources.ts';
import type { Availability, DownloadProgress } from '../sources/types.ts';
import { hubPlan, hubSpec } from './hub-dataset.ts';
import type { DatasetRef, EncoderRef } from './refs.ts';
import type { SecondField, TrainedEncoder } from './planned-result.ts';

/** How the rows of a dataset are read and selected: a plain value. */
export interface Reading {
  readonly labels: LabelMode;
  readonly limit: Limit | undefined;
  /** Seed of the sample that a limit draws. */
  readonly seed: number;
  /** Default: the dataset's first. */
  readonly labelField?: string | undefined;
  /** Kind of labels. Default: that of the entry, else classification. */
  readonly task?: Task | undefined;
  readonly deduplicate?: boolean | undefined;
  /** Columns and format of the user's own tables. */
  readonly tables: ColumnNames;
}

/** How an encoder is opened: a plain value. */
export interface Opening {
  readonly dtype: string | undefined;
  /** The user's limit. */
  readonly maxLength: number | undefined;
  readonly options: FamilyOptions;
  /** Prompt put before every text; undefined: the encoder's default prompt, if any. */
  readonly prompt?: PromptChoice | undefined;
  /** What it runs on; undefined: the CPU. */
  readonly device?: Exclude<Device, 'cpu'> | undefined;
}

export interface WorkspaceParams {
  readonly models: Models;
  readonly datasets: Datasets;
  readonly cacheDir: string;
  readonly offline: boolean;
  readonly mirrors: readonly string[];
  readonly onDownload: (progress: DownloadProgress) => void;
  /** Receives human-readable notes about the files opened, each once. */
  readonly onNote: (note: string) => void;
}

/**
 * Where experiments find what they refer to: registries, sources, folders of vectors and of unfinished training runs. Opens encoders and
 * datasets.
 */
export class Workspace {
  readonly models: Models;
  readonly datasets: Datasets;
  readonly sources: Sources;
  readonly vectorFolder: string;
  readonly trainingFolder: string;
  readonly jobFolder: string;
  readonly #onNote: (note: string) => void;
  readonly #notes = new Set<string>();
  readonly #pinned = new Map<string, string>();

  constructor({ models, datasets, cacheDir, offline, mirrors, onDownload, onNote }: WorkspaceParams) {
    this.models = models;
    this.datasets = datasets;
    this.vectorFolder = vectorFolder(cacheDir);
    this.trainingFolder = trainingFolder(cacheDir);
    this.jobFolder = jobFolder(cacheDir);
    this.#onNote = onNote;
    this.sources = openSources({ cacheDir, offline, mirrors, onProgress: onDownload, onNote: (note) => this.#note(note) });
  }

  async openDataset(ref: DatasetRef, reading: Reading): Promise<Dataset> {
    return loadDataset(this.#loadParams(ref, reading));
  }

  /** The same, without the check for at least two classes. */
  async openToCheck(ref: DatasetRef, reading: Reading): Promise<Dataset> {
    return loadToCheck(this.#loadParams(ref, reading));
  }

  /** Labels of the same rows in another field: the one named, or the only other one that the dataset has. */
  async openSecondField(
    ref: DatasetRef,
    reading: Reading,
    { field, first }: { readonly field: string | undefined; readonly first: string },
  ): Promise<SecondField> {
    const others = ref.kind === 'entry' ? ref.entry.labelFields.filter((each) => each !== first) : [];
    const second = field ?? others[0];
    if (second === undefined)
      throw new HarnessError('DATA', {
        where: ref.name,
        what: `Its only label field is ${first}, but the objective needs two.`,
        hint: `Give one with ${option('secondLabelField')}, or use another objective.`,
      });
    return loadSecondField(this.#loadParams(ref, reading), second);
  }

  /** Notes about files and sources. */
  get notes(): readonly string[] {
    return [...this.#notes];
  }

  /** Hub datasets that were opened, and the commit of each: `org/name:CONFIG` → `hf:org/name:CONFIG@commit`. */
  get pinned(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#pinned);
  }

  /** Where the files of a hub dataset are. Throws as `locateHubFiles`. */
  async planHubDataset({ reference }: DatasetRef & { readonly kind: 'hub' }): Promise<Availability> {
    return hubPlan({ reference, sources: this.sources });
  }

  async openEncoder(ref: EncoderRef, { dtype, maxLength, options, prompt, device }: Opening): Promise<Encoder> {
    return this.#said(await openEncoderRef({ ref, sources: this.sources, dtype, maxLength, options, prompt, device }));
  }

  /** An opened encoder with another prompt. Throws OPTION for an unknown prompt. */
  prompted(encoder: Encoder, prompt: PromptChoice): Encoder {
    return this.#said(promptedEncoder(encoder, prompt));
  }

  /** An encoder's files on this disk, downloaded if needed. */
  async encoderFiles(ref: EncoderRef, dtype: string | undefined, task?: string): Promise<EncoderFiles> {
    return encoderFiles({ ref, sources: this.sources, dtype, task });
  }

  /** An encoder to be fine-tuned: its checkpoint if there is one available and no weight precision is requested, else its ONNX file. */
  async openTrained(ref: EncoderRef, { dtype, maxLength, options, prompt, device }: Opening): Promise<TrainedEncoder> {
    const { folder, onnx, revision } =
      dtype === undefined ? await this.#trainedFiles(ref, options?.task) : await this.encoderFiles(ref, dtype, options?.task);
    const { name, firstLayers } = ref;
    const encoder = await openEncoder({
      name,
      folder,
      onnx,
      revision,
      firstLayers,
      options,
      prompt,
      prompts: ref.kind === 'entry' ? ref.entry.prompts : undefined,
      maxLength: maxLength ?? (ref.kind === 'entry' ? ref.entry.maxLength : undefined),
      device,
      sha256: (file) => this.sources.hashOf(file),
    });
    return { encoder: this.#said(encoder), files: { name, folder, onnx, firstLayers, options } };
  }

  /** The files of a checkpoint, for an encoder that is also available as an ONNX file. */
  async checkpointFiles(ref: EncoderRef, task?: string): Promise<Omit<EncoderFiles, 'revision'>> {
    return checkpointFiles({ ref, sources: this.sources, task });
  }

  async #trainedFiles(ref: EncoderRef, task: string | undefined): Promise<EncoderFiles> {
    try {
      return { revision: '', ...(await this.checkpointFiles(ref, task)) };
    } catch (error) {
      // If the checkpoint of an entry is unavailable, its ONNX file may not be.
      if (ref.kind !== 'entry' || !(error instanceof HarnessError)) throw error;
      return this.encoderFiles(ref, undefined, task);
    }
  }

  #loadParams(ref: DatasetRef, { labels, limit, seed, labelField, task, deduplicate = false, tables }: Reading): LoadParams {
    const shared = { labels: labels === 'all' ? ('multi' as const) : labels, limit, seed, labelField, task, deduplicate };
    switch (ref.kind) {
      case 'file':
        return { file: { path: ref.file, name: ref.name, ...tables }, ...shared };
      case 'hub': {
        const { name, reference } = ref;
        const found = (commit: string) => void this.#pinned.set(name, pinnedText(reference, commit));
        return { hub: hubSpec({ reference, sources: this.sources, columns: tables, found }), ...shared };
      }
      case 'entry':
        return { entry: ref.entry, fetchFile: (file) => this.sources.fetchFile(file), columns: tables, ...shared };
      default:
        return ref satisfies never;
    }
  }

  #said(encoder: Encoder): Encoder {
    for (const note of encoder.notes) this.#note(`${encoder.name}: ${note}`);
    return encoder;
  }

  #note(note: string): void {
    if (this.#notes.has(note)) return;
    this.#notes.add(note);
    this.#onNote(note);
  }
}

function pinnedText({ id, config }: DatasetReference, commit: string): string {
  return `hf:${id}${config === undefined ? '' : `:${config}`}@${commit}`;
}
