import path from 'node:path';
import { VectorFile } from './vector-file.ts';
import { keyHash, type VectorKey } from './vector-key.ts';

/**
 * Vectors on disk, in safetensors shards: `<folder>/<hash of the key>/<pooling>/<hash of the shard>.safetensors`, each
 * with tensors `text` [n, 16] (the texts' hashes), `tokens` [n] (tokens of the whole text) and `vectors` [n, width], and a
 * checksum over them. Shards appear whole (written aside, then renamed), so that several runs may share a store.
 */
export class VectorStore {
  readonly folder: string;
  readonly #warn: (line: string) => void;

  constructor(folder: string, warn: (line: string) => void = () => {}) {
    this.folder = folder;
    this.#warn = warn;
  }

  /** Opens the vectors of one encoder and pooling; a damaged shard is said, removed and so computed again. */
  async open(key: VectorKey, spec: string): Promise<VectorFile> {
    const folder = path.join(this.folder, keyHash(key), spec.replaceAll(/[()]/g, '_'));
    const file = new VectorFile({ folder, key, warn: this.#warn });
    await file.index();
    return file;
  }
}
