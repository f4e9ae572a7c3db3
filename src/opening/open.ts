import { openEncoder, type Encoder } from '../encoders/encoder.ts';
import type { FamilyOptions } from '../encoders/families/family.ts';
import type { Sources } from '../sources/sources.ts';
import { withBase } from './adapter-base.ts';
import { isCheckpoint, type EncoderRef } from './choice.ts';

/** Where an encoder's files lie on this disk. */
export interface EncoderFiles {
  readonly folder: string;
  /** Path of the ONNX file; undefined where the folder holds a checkpoint. */
  readonly onnx: string | undefined;
  readonly revision: string;
  /** Files that decide about vectors and of which nobody knows whether the repository has them. */
  readonly unknown?: readonly string[] | undefined;
}

interface FilesParams {
  readonly choice: EncoderRef;
  readonly sources: Sources;
}

export interface OpenChoiceParams extends FilesParams {
  readonly dtype: string | undefined;
  /** The user's limit; the registry's where left out, then that of the encoder's files. */
  readonly maxLength: number | undefined;
  readonly options?: FamilyOptions | undefined;
}

/** The encoder that was asked for, its files fetched where they have to be. Throws as sources and `openEncoder` do. */
export async function openChoice({ choice, sources, dtype, maxLength, options }: OpenChoiceParams): Promise<Encoder> {
  const { folder, onnx, revision, unknown = [] } = await encoderFiles({ choice, sources, dtype });
  const opened = await openEncoder({
    name: choice.name,
    folder,
    onnx,
    revision,
    firstLayers: choice.firstLayers,
    maxLength: maxLength ?? (choice.kind === 'entry' ? choice.entry.maxLength : undefined),
    dtype,
    options,
    sha256: (file) => sources.hashOf(file),
  });
  const encoder =
    choice.kind === 'folder' && choice.notes !== undefined ? { ...opened, notes: [...opened.notes, ...choice.notes] } : opened;
  if (!('reason' in encoder.published) || !unknown.includes('modules.json')) return encoder;
  const reason =
    `${folder}: The cached snapshot has no modules.json, and nobody knows whether the repository has one. `
    + 'Run once with the network to know, or name another pooling: cls, mean, …';
  return { ...encoder, published: { reason } };
}

/** An encoder's files on this disk, fetched where they have to be; an adapter's with those of its base. */
export async function encoderFiles(params: FilesParams & { readonly dtype: string | undefined }): Promise<EncoderFiles> {
  return complete(await ownFiles(params), params.sources);
}

async function complete<T extends Pick<EncoderFiles, 'folder' | 'onnx'>>(place: T, sources: Sources): Promise<T> {
  return place.onnx === undefined ? { ...place, folder: await withBase({ folder: place.folder, sources }) } : place;
}

async function ownFiles({ choice, sources, dtype }: FilesParams & { readonly dtype: string | undefined }): Promise<EncoderFiles> {
  switch (choice.kind) {
    case 'folder':
      return { folder: choice.folder, onnx: choice.onnx, revision: '' };
    case 'hub':
      return sources.fetchHubModel({ source: choice.source, dtype });
    case 'entry':
      return sources.fetchModel(choice.entry, dtype);
    default:
      return choice satisfies never;
  }
}

/** The same, and the checkpoint where an encoder comes as an ONNX file too. */
export async function checkpointFiles(params: FilesParams): Promise<Omit<EncoderFiles, 'revision'>> {
  return complete(await ownCheckpoint(params), params.sources);
}

async function ownCheckpoint({ choice, sources }: FilesParams): Promise<Omit<EncoderFiles, 'revision'>> {
  switch (choice.kind) {
    case 'folder':
      return { folder: choice.folder, onnx: isCheckpoint(choice.folder) ? undefined : choice.onnx };
    case 'hub':
      return sources.fetchHubModel({ source: choice.source, checkpoint: true });
    case 'entry': {
      const checkpoints = choice.entry.variants.filter(({ onnx }) => onnx === undefined);
      return sources.fetchModel(checkpoints.length === 0 ? choice.entry : { ...choice.entry, variants: checkpoints });
    }
    default:
      return choice satisfies never;
  }
}
