import { stat } from 'node:fs/promises';
import type { PlacedVariant } from '../registry/variant-sources.ts';
import { lackOf } from './encoder-files.ts';
import type { FileRequest } from './file-source.ts';
import type { SourceContext } from './source-context.ts';
import type { LocalFile } from './types.ts';
import { pinnedFiles } from './variant.ts';

/** A file whose bytes are in a mirror; undefined if none has them, or its hash is unknown. */
export async function mirroredFile({ mirrors, notes }: SourceContext, { sha256, bytes }: FileRequest): Promise<LocalFile | undefined> {
  if (sha256 === undefined) return undefined;
  const found = await mirrors.find({ sha256, bytes });
  return found === undefined ? undefined : { path: found, sha256, bytes: (await notes.of(found)).bytes };
}

/** The files of an encoder with every file pinned, if mirrors have all of them. */
export async function mirroredFiles({ mirrors }: SourceContext, variant: PlacedVariant): Promise<Map<string, LocalFile> | undefined> {
  const pinned = pinnedFiles(variant);
  const paths = Object.keys(variant.files).filter((file) => variant.files[file]!.sha256 !== undefined);
  if (lackOf({ paths, onnx: variant.onnx, folder: '' }) !== undefined) return undefined;
  const files = new Map<string, LocalFile>();
  for (const { path: file, sha256, bytes } of pinned) {
    const found = sha256 === undefined ? undefined : await mirrors.find({ sha256, bytes });
    if (found === undefined) return undefined;
    files.set(file, { path: found, sha256: sha256!, bytes: bytes ?? (await stat(found)).size });
  }
  return files;
}
