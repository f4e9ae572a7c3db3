import path from 'node:path';
import { VectorFile } from './vector-file.ts';
import { keyHash, type VectorKey } from './vector-key.ts';
import { WordFile } from './word-file.ts';

/**
 * Vectors on disk, in safetensors shards: `<folder>/<hash of the key>/<pooling>/<hash of the shard>.safetensors`, each with tensors `text`
 * [n, 16] (hashes of the texts), `tokens` [n] (number of tokens before truncation) and `vectors` [n, width], and a checksum over them; for
 * words a row is a sentence, with further tensors `words` [n] (number of words of the sentence) and `lost` [all words] (why a word has no
 * vector). Shards are written atomically (temporary file, then rename), so that several runs may share a store.
 */
export class VectorStore {
  readonly folder: string;
  readonly #warn: (line: string) => void;

  constructor(folder: string, warn: (line: string) => void = () => {}) {
    this.folder = folder;
    this.#warn = warn;
  }

  /** Opens the vectors of one encoder and pooling; a damaged shard is reported, removed and so recomputed. */
  async open(key: VectorKey, spec: string): Promise<VectorFile> {
    const file = new VectorFile({ folder: this.#folderOf(key, spec), key, warn: this.#warn });
    await file.index();
    return file;
  }

  /** The same for vectors of words, by sentence. */
  async openWords(key: VectorKey, spec: string): Promise<WordFile> {
    const file = new WordFile({ folder: this.#folderOf(key, spec), key, warn: this.#warn });
    await file.index();
    return file;
  }

  #folderOf(key: VectorKey, spec: string): string {
    return path.join(this.folder, keyHash(key), spec.replaceAll(/[()]/g, '_'));
  }
}
