import path from 'node:path';
import { VectorFile } from './vector-file.ts';
import { keyHash, type VectorKey } from './vector-key.ts';
import { WordFile } from './word-file.ts';

/**
 * Vectors on disk, in safetensors shards: `<folder>/<hash of the key>/<pooling>/<hash of the shard>.safetensors`, each
 * with tensors `text` [n, 16] (the texts' hashes), `tokens` [n] (tokens of the whole text) and `vectors` [n, width], and a
 * checksum over them; those of words have a sentence in place of a text, and besides `words` [n] (words of the sentence) and `lost` [all
 * words] (why a word has no vector). Shards appear whole (written aside, then renamed), so that several runs may share a store.
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
    const file = new VectorFile({ folder: this.#folderOf(key, spec), key, warn: this.#warn });
    await file.index();
    return file;
  }

  /** The same of words' vectors, by sentence. */
  async openWords(key: VectorKey, spec: string): Promise<WordFile> {
    const file = new WordFile({ folder: this.#folderOf(key, spec), key, warn: this.#warn });
    await file.index();
    return file;
  }

  #folderOf(key: VectorKey, spec: string): string {
    return path.join(this.folder, keyHash(key), spec.replaceAll(/[()]/g, '_'));
  }
}
