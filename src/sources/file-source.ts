import type { PlacedVariant } from '../registry/variant-sources.ts';
import type { Availability, LocalFile } from './types.ts';

/** One file that is wanted, and where it may be: the first source that answers with the right hash is taken. */
export interface FileRequest {
  /** What a person calls it. */
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
  /** The tokenizer, config.json and the like lie in it. */
  readonly folder: string;
  /** Path of the ONNX file; its external data lie beside it. Undefined: the folder is a checkpoint. */
  readonly onnx: string | undefined;
  /** By their paths in the encoder's folder. */
  readonly files: ReadonlyMap<string, LocalFile>;
  /** Commit, `package@version`; empty for a user's own folder. */
  readonly revision: string;
  /** Files that decide about vectors and of which nobody knows whether the repository has them; none where its listing is known. */
  readonly unknown?: readonly string[] | undefined;
}

export interface ProbeRequest {
  readonly from: string;
  /** Paths that must be there; an empty one: the source itself. */
  readonly paths: readonly string[];
  /** Of a source that lists its files: what is missing among them. */
  readonly lack?: ((paths: readonly string[]) => string | undefined) | undefined;
  readonly integrity?: string | undefined;
}

export type Pins = Pick<PlacedVariant, 'from' | 'integrity' | 'files'>;

/**
 * Where files come from, opened: what all kinds of sources can do. Mirrors are asked before any of them, by their callers. All throw
 * OFFLINE, SOURCE and CHECKSUM, as `HarnessError`s that name the source.
 */
export interface FileSource {
  /** What can never mean another version of it: a commit, `package@version`. Undefined where nothing does. */
  readonly pinned: string | undefined;
  /** Whether a file is on this disk; without a question to the network. */
  fileState(request: FileRequest): Promise<Availability['state']>;
  fetchFile(request: FileRequest): Promise<LocalFile>;
  /**
   * Whether an encoder is on this disk, and how much a download would be. The network is asked for sizes alone, and only where `ask` lets
   * it.
   */
  modelAvailability(variant: PlacedVariant, ask: boolean): Promise<Availability>;
  /** The files of an encoder; those that the entry names alone where it says `exact`, and none beside them in the folder. */
  fetchModel(variant: PlacedVariant): Promise<ModelFiles>;
  /** What nails an encoder to exact bytes. `files` left out: those that are fetched. */
  pin(variant: PlacedVariant): Promise<Omit<Pins, 'files'> & { readonly files?: Pins['files'] | undefined }>;
  /** Asks whether the source answers and has what is wanted, and downloads none of it. */
  probe(request: ProbeRequest): Promise<void>;
}
