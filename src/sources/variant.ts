import path from 'node:path';
import { HarnessError } from '../errors.ts';
import { neededFiles, type PlacedVariant } from '../registry/variant-sources.ts';
import { faultOf } from './download.ts';
import { ADAPTER_WEIGHTS, placesIn, WEIGHT_NAMES } from './encoder-files.ts';
import type { ModelFiles } from './file-source.ts';
import type { SourceContext } from './source-context.ts';
import { symlinkFolder } from './symlink-folder.ts';
import type { LocalFile } from './types.ts';

/** Number types that the weights of a checkpoint can be run in. */
export const CHECKPOINT_DTYPES: readonly string[] = ['fp32', 'q8'];

/** Path of the ONNX file inside the source; undefined for a checkpoint. */
export function onnxOf({ folder, onnx }: PlacedVariant): string | undefined {
  return onnx === undefined ? undefined : `${folder === undefined ? '' : `${folder}/`}${onnx}`;
}

/** The large file that shows that an encoder was fetched before, inside the source. */
export function onnxOrWeights(variant: PlacedVariant): readonly string[] {
  const onnx = onnxOf(variant);
  if (onnx !== undefined) return [onnx];
  return placesIn(prefixOf(variant)).flatMap((place) => [...WEIGHT_NAMES, ...ADAPTER_WEIGHTS].map((name) => `${place}${name}`));
}

/** Folder of the source that the encoder lies in: '' or ending in a slash. */
export function prefixOf({ folder }: PlacedVariant): string {
  return folder === undefined ? '' : `${folder}/`;
}

/** Files that the registry names, and those that an encoder cannot do without. */
export function pinnedFiles(variant: PlacedVariant): { path: string; sha256?: string | undefined; bytes?: number | undefined }[] {
  return [...new Set([...neededFiles(variant), ...Object.keys(variant.files)])].map((file) => ({ path: file, ...variant.files[file] }));
}

/** Bytes of all of them; undefined where the registry does not say. */
export function knownBytes(variant: PlacedVariant): number | undefined {
  const sizes = pinnedFiles(variant).map(({ bytes }) => bytes);
  return sizes.every((bytes) => bytes !== undefined) ? sizes.reduce((sum: number, bytes) => sum + bytes!, 0) : undefined;
}

/** Throws CHECKSUM where a file is not the one that the registry names. */
export function checkPins(variant: PlacedVariant, files: ReadonlyMap<string, LocalFile>, where: string): void {
  for (const [file, pinned] of Object.entries(variant.files)) {
    const found = files.get(file);
    const fault = found === undefined ? 'It is not there' : faultOf({ ...found, gitOid: '' }, pinned);
    if (fault !== undefined) throw otherFile({ where, file, fault });
  }
}

/** The complaint about a file that is not the one that the registry names. */
export function otherFile({ where, file, fault }: { where: string; file: string; fault: string }): HarnessError {
  return new HarnessError('CHECKSUM', {
    where: `${where} ${file}`,
    what: `${fault}.`,
    hint: 'The registry entry expects another file: correct it, or `bench models --pin`.',
  });
}

/** Where a variant's ONNX file lies on this disk. */
export function inFolder(folder: string, { onnx }: PlacedVariant): string | undefined {
  return onnx === undefined ? undefined : path.join(folder, onnx);
}

/** An encoder whose files lie here and there. */
export async function linkedModel(
  { cacheDir }: SourceContext,
  variant: PlacedVariant,
  files: ReadonlyMap<string, LocalFile>,
  revision: string,
): Promise<ModelFiles> {
  const made = await symlinkFolder(path.join(cacheDir, 'linked'), files);
  return { folder: made.folder, onnx: inFolder(made.folder, variant), files: made.files, revision };
}
