import type { PlacedVariant } from '../registry/variant-sources.ts';
import type { Availability, LocalFile } from './types.ts';

/** A file to fetch, and its possible sources: the first one with the right hash is used. */
export interface FileRequest {
  /** Name for messages. */
  readonly name: string;
  readonly from: readonly string[];
  /** npm, hf and file sources: path inside the package, repository or folder. */
  readonly path?: string | undefined;
  readonly sha256?: string | undefined;
  readonly bytes?: number | undefined;
  /** npm sources: integrity of the tarball. */
  readonly integrity?: string | undefined;
}

/** An encoder's files on this disk. */
export interface ModelFiles {
  /** Folder of tokenizer, config.json and so on. */
  readonly folder: string;
  /** Path of the ONNX file, next to its external data. Undefined: the folder is a checkpoint. */
  readonly onnx: string | undefined;
  /** By their paths in the encoder's folder. */
  readonly files: ReadonlyMap<string, LocalFile>;
  /** Commit, `package@version`; empty for a user's own folder. */
  readonly revision: string;
  /** Files that affect vectors but may or may not exist in the repository; empty if its listing is known. */
  readonly unknown?: readonly string[] | undefined;
}

export interface ProbeRequest {
  readonly from: string;
  /** Required paths; an empty one: the source itself. */
  readonly paths: readonly string[];
  /** For a source that lists its files: what is missing among them. */
  readonly lack?: ((paths: readonly string[]) => string | undefined) | undefined;
  readonly integrity?: string | undefined;
}

export type Pins = Pick<PlacedVariant, 'from' | 'integrity' | 'files'>;

/**
 * An opened source of files: the operations common to all kinds. Callers check mirrors first. All throw OFFLINE, SOURCE and CHECKSUM, as
 * `HarnessError`s that name the source.
 */
export interface FileSource {
  /** An immutable version: a commit, `package@version`. Undefined if there is none. */
  readonly pinned: string | undefined;
  /** Whether a file is on this disk; does not use the network. */
  fileState(request: FileRequest): Promise<Availability['state']>;
  fetchFile(request: FileRequest): Promise<LocalFile>;
  /** Whether an encoder is on this disk, and the size of the download. The network is only used for sizes, and only if `ask` is true. */
  modelAvailability(variant: PlacedVariant, ask: boolean): Promise<Availability>;
  /** The files of an encoder; with `exact` only those that the entry names, and no others in the folder. */
  fetchModel(variant: PlacedVariant): Promise<ModelFiles>;
  /** What pins an encoder to exact bytes. Default of `files`: those that are fetched. */
  pin(variant: PlacedVariant): Promise<Omit<Pins, 'files'> & { readonly files?: Pins['files'] | undefined }>;
  /** Checks that the source answers and has what is required, without downloading it. */
  probe(request: ProbeRequest): Promise<void>;
}
