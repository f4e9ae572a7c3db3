import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { COMMIT, sha256 } from './server.ts';

export interface Snapshot {
  /** Folder of the repository in the cache. */
  readonly repo: string;
  /** Folder of the snapshot. */
  readonly folder: string;
  /** Name of a file's blob. */
  readonly blobOf: (file: string) => string;
  /** Deletes a file's bytes and leaves its link. */
  readonly dangle: (file: string) => void;
  /** Writes a file into the repository's folder, in addition to those of the hub's library. */
  readonly put: (file: string, text: string) => void;
}

export const gitOid = (text: string): string =>
  createHash('sha1')
    .update(`blob ${Buffer.byteLength(text)}\0`)
    .update(text)
    .digest('hex');

/** A snapshot as huggingface_hub writes it: blobs named by their hashes, weights by sha256 and small files by git's, and links to them. */
export function writeSnapshot(cache: string, files: Readonly<Record<string, string>>, { links = true, name = 'org/tiny' } = {}): Snapshot {
  const repo = path.join(cache, `models--${name.replace('/', '--')}`);
  const folder = path.join(repo, 'snapshots', COMMIT);
  const blobOf = (file: string) => (/\.(?:safetensors|bin|onnx)$/.test(file) ? sha256(files[file]!) : gitOid(files[file]!));
  const put = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(repo, file)), { recursive: true });
    writeFileSync(path.join(repo, file), text);
  };
  put('refs/main', COMMIT);
  for (const [file, text] of Object.entries(files)) {
    const place = path.join(folder, file);
    mkdirSync(path.dirname(place), { recursive: true });
    if (links) {
      put(`blobs/${blobOf(file)}`, text);
      symlinkSync(path.relative(path.dirname(place), path.join(repo, 'blobs', blobOf(file))), place);
    } else {
      writeFileSync(place, text);
    }
  }
  return { repo, folder, blobOf, put, dangle: (file) => rmSync(path.join(repo, 'blobs', blobOf(file))) };
}
