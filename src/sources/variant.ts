import path from 'node:path';
import { HarnessError } from '../errors.ts';
import { neededFiles, type PlacedVariant } from '../registry/variant-sources.ts';
import { faultOf } from './download.ts';
import { ADAPTER_WEIGHTS, placesIn, WEIGHT_NAMES } from './encoder-files.ts';
import type { ModelFiles } from './file-source.ts';
import type { SourceContext } from './source-context.ts';
import { symlinkFolder } from './symlink-folder.ts';
import type { LocalFile } from './types.ts';

/** Weight precisions that a checkpoint can be run in. */
export const CHECKPOINT_DTYPES: readonly string[] = ['fp32', 'q8'];

/** Path of the ONNX file inside the source; undefined for a checkpoint. */
export function onnxOf({ folder, onnx }: PlacedVariant): string | undefined {
  return onnx === undefined ? undefined : `${folder === undefined ? '' : `${folder}/`}${onnx}`;
}

/** The large file whose presence shows that an encoder was fetched before, by its path inside the source. */
export function onnxOrWeights(variant: PlacedVariant): readonly string[] {
  const onnx = onnxOf(variant);
  if (onnx !== undefined) return [onnx];
  return placesIn(prefixOf(variant)).flatMap((place) => [...WEIGHT_NAMES, ...ADAPTER_WEIGHTS].map((name) => `${place}${name}`));
}

/** Folder of the encoder in the source: '' or ending in a slash. */
export function prefixOf({ folder }: PlacedVariant): string {
  return folder === undefined ? '' : `${folder}/`;
}

/** Files named in the registry, and those that an encoder requires. */
export function pinnedFiles(variant: PlacedVariant): { path: string; sha256?: string | undefined; bytes?: number | undefined }[] {
  return [...new Set([...neededFiles(variant), ...Object.keys(variant.files)])].map((file) => ({ path: file, ...variant.files[file] }));
}

/** Total bytes; undefined if the registry does not list them. */
export function knownBytes(variant: PlacedVariant): number | undefined {
  const sizes = pinnedFiles(variant).map(({ bytes }) => bytes);
  return sizes.every((bytes) => bytes !== undefined) ? sizes.reduce((sum: number, bytes) => sum + bytes!, 0) : undefined;
}

/** Throws CHECKSUM if a file differs from the registry's. */
export function checkPins(variant: PlacedVariant, files: ReadonlyMap<string, LocalFile>, where: string): void {
  for (const [file, pinned] of Object.entries(variant.files)) {
    const found = files.get(file);
    const fault = found === undefined ? 'It is not there' : faultOf({ ...found, gitOid: '' }, pinned);
    if (fault !== undefined) throw otherFile({ where, file, fault });
  }
}

/** The error for a file that differs from the registry's. */
export function otherFile({ where, file, fault }: { where: string; file: string; fault: string }): HarnessError {
  return new HarnessError('CHECKSUM', {
    where: `${where} ${file}`,
    what: `${fault}.`,
    hint: 'The registry entry expects another file: correct it, or `bench models --pin`.',
  });
}

/** Path of a variant's ONNX file on this disk. */
export function inFolder(folder: string, { onnx }: PlacedVariant): string | undefined {
  return onnx === undefined ? undefined : path.join(folder, onnx);
}

/** An encoder whose files are in several places. */
export async function linkedModel(
  { cacheDir }: SourceContext,
  variant: PlacedVariant,
  files: ReadonlyMap<string, LocalFile>,
  revision: string,
): Promise<ModelFiles> {
  const made = await symlinkFolder(path.join(cacheDir, 'linked'), files);
  return { folder: made.folder, onnx: inFolder(made.folder, variant), files: made.files, revision };
}
