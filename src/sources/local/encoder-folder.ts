import { readdirSync } from 'node:fs';
import path from 'node:path';
import { HarnessError } from '../../errors.ts';
import { brokenFile, unfinished } from '../../files/broken-file.ts';
import { encoderPaths } from '../encoder-files.ts';

/**
 * Paths in a user's folder where an encoder's files may be, readable or not: in itself, next to its ONNX file, in the folders of
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
 * Throws SOURCE for an unreadable file of an encoder in a folder: if it were skipped, another would be used instead. `onnx`: its path in
 * the folder; undefined for a checkpoint.
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

/** Note on files left by an aborted huggingface_hub download in a folder, or in the snapshot that it is, for the end of a sentence. */
export function leftUnfinished(folder: string): string {
  const places = [
    path.join(folder, '.cache', 'huggingface', 'download'),
    ...(path.basename(path.dirname(folder)) === 'snapshots' ? [path.join(folder, '..', '..', 'blobs')] : []),
  ];
  const left = places.flatMap((place) => unfinished(place));
  return left.length === 0 ? '' : `; a download was interrupted (${left.slice(0, 3).join('; ')})`;
}
