import { readdirSync } from 'node:fs';
import path from 'node:path';
import { HarnessError } from '../../errors.ts';
import { brokenFile, unfinished } from '../../files/broken-file.ts';
import { encoderPaths } from '../encoder-files.ts';

/**
 * Files of a user's folder where an encoder's may lie, sound or not: in itself, beside its ONNX file, in the folders of
 * sentence-transformers modules.
 */
export function pathsOnDisk(folder: string, onnx: string | undefined): string[] {
  const own = namesIn(folder);
  const places = new Set(['.', path.posix.dirname(onnx ?? 'onnx/model.onnx'), ...own.filter((name) => /^\d+_\w+$/.test(name))]);
  return [...places].flatMap((place) =>
    place === '.' ? own : namesIn(path.join(folder, place)).map((name) => path.posix.join(place, name)),
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/**
 * Throws SOURCE for a file of an encoder in a folder that stands there by name alone: passed over, another would be taken in its
 * place. `onnx`: its path in the folder; undefined for a checkpoint.
 */
export function checkFolder(folder: string, onnx: string | undefined): void {
  for (const file of encoderPaths({ paths: pathsOnDisk(folder, onnx), onnx, folder: '' })) {
    const broken = brokenFile(path.join(folder, file));
    if (broken !== undefined) {
      throw new HarnessError('SOURCE', {
        where: path.join(folder, file),
        what: broken,
        hint: 'Replace it with the actual file, or download the encoder again.',
      });
    }
  }
}

/** What a download of huggingface_hub that broke off left of a folder, or of the snapshot that it is, for the end of a sentence. */
export function leftUnfinished(folder: string): string {
  const places = [
    path.join(folder, '.cache', 'huggingface', 'download'),
    ...(path.basename(path.dirname(folder)) === 'snapshots' ? [path.join(folder, '..', '..', 'blobs')] : []),
  ];
  const left = places.flatMap((place) => unfinished(place));
  return left.length === 0 ? '' : `; a download was interrupted (${left.slice(0, 3).join('; ')})`;
}
