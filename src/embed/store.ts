import { createHash } from 'node:crypto';
import { open, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../files/atomic.ts';
import { makeFolder } from '../files/make-folder.ts';
import { HarnessError, option, reason } from '../errors.ts';
import { matrix, type Matrix } from '../numeric/matrix.ts';
import { collectGarbage } from './collect-garbage.ts';
import { readSafetensors } from '../tensors/read-safetensors.ts';
import { writeSafetensors } from '../tensors/write-safetensors.ts';

/** Rows are written to disk when so many bytes of vectors, or seconds, have come together: what a crash may lose. */
const FLUSH_BYTES = 8 << 20;
const FLUSH_SECONDS = 20;
/** A matrix of more numbers than this (32 MB) is worth a collection of what reading and embedding left. */
const LARGE = 8 << 20;
/** Bytes of a text's hash: 128 bits, far beyond any chance of two texts sharing one. */
const HASH_BYTES = 16;

/** All that makes a vector besides its text and its pooling. */
export interface VectorKey {
  readonly file: string;
  readonly tokenizer: string;
  readonly graphEdit: number;
  readonly maxLength: number;
  readonly dtype: string;
}

interface Shard {
  readonly file: string;
  /** Tokens of each row's text before it was cut. */
  readonly tokens: Int32Array;
}

/** A place is one number, shard * SHARD + row: an object a text would be most of what memory holds of a large corpus. */
const SHARD = 2 ** 32;

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

export class VectorFile {
  readonly #folder: string;
  readonly #key: VectorKey;
  readonly #warn: (line: string) => void;
  readonly #shards: Shard[] = [];
  readonly #places = new Map<string, number>();
  #hashes: string[] = [];
  #counts: number[] = [];
  /** Vectors that wait to be written, in one piece: kept one by one, they would hold the memory of every batch that they came from. */
  #waiting = new Float32Array();
  /** Its place for the next vectors, once they are written: memory given up comes back late. */
  #spare: Float32Array<ArrayBuffer> | undefined;
  #pendingWidth = 0;
  #flushed = Date.now();
  #width = 0;

  constructor({ folder, key, warn }: { folder: string; key: VectorKey; warn: (line: string) => void }) {
    this.#folder = folder;
    this.#key = key;
    this.#warn = warn;
  }

  /** Numbers in a vector; 0 as long as there is none. */
  get width(): number {
    return this.#width;
  }

  async index(): Promise<void> {
    const scratch = new Scratch();
    const names = (await readdir(this.#folder).catch(() => [] as string[])).filter((name) => name.endsWith('.safetensors')).toSorted();
    for (const name of names) {
      const file = path.join(this.#folder, name);
      try {
        this.#add(file, await readShard(file, { scratch }));
      } catch (error) {
        this.#warn(`${file}: ${reason(error)} Its vectors are computed again.`);
        // In a folder that is only read it stays, and none of its vectors is taken.
        await rm(file, { force: true }).catch(() => undefined);
      }
    }
  }

  has(hash: string): boolean {
    return this.#places.has(hash);
  }

  /** Tokens of a stored text before it was cut. */
  tokens(hash: string): number | undefined {
    const place = this.#places.get(hash);
    return place === undefined ? undefined : this.#shards[Math.floor(place / SHARD)]!.tokens[place % SHARD];
  }

  /** Takes a vector; it is on disk after the next `flush`, or earlier. Throws STORE where it cannot be written. */
  async put(hash: string, vector: Float32Array, tokens: number): Promise<void> {
    const width = vector.length;
    if (this.#waiting.length === 0) {
      this.#waiting = this.#spare ?? new Float32Array(width * Math.max(1, Math.floor(FLUSH_BYTES / (4 * width))));
      this.#spare = undefined;
    }
    this.#pendingWidth = width;
    this.#waiting.set(vector, this.#hashes.length * width);
    this.#hashes.push(hash);
    this.#counts.push(tokens);
    if ((this.#hashes.length + 1) * width > this.#waiting.length || Date.now() - this.#flushed >= FLUSH_SECONDS * 1000) await this.flush();
  }

  async flush(): Promise<void> {
    this.#flushed = Date.now();
    const rows = this.#hashes.length;
    if (rows === 0) return;
    const width = this.#pendingWidth;
    const vectors = this.#waiting.subarray(0, rows * width);
    const contents: ShardContents = { hashes: Buffer.from(this.#hashes.join(''), 'latin1'), tokens: Int32Array.from(this.#counts), vectors, width };
    // What comes in while this is written must not overwrite it.
    const written = this.#waiting;
    this.#waiting = new Float32Array();
    this.#hashes = [];
    this.#counts = [];
    this.#add(await this.#write(contents), contents);
    this.#spare = written;
  }

  async #write(contents: ShardContents): Promise<string> {
    try {
      await makeFolder(this.#folder);
      await writeOnce(path.join(path.dirname(this.#folder), 'key.json'), `${JSON.stringify(this.#key, null, 2)}\n`);
      return await writeShard(this.#folder, contents);
    } catch (error) {
      throw new HarnessError('STORE', { where: this.#folder, what: `Vectors cannot be written (${reason(error)}).`, mend: `Free the place or name another folder with ${option('cache')}.` }, { cause: error });
    }
  }

  /** Vectors of texts, row i that of hashes[i]; all must be stored. Shards are read one at a time. */
  async load(hashes: readonly string[]): Promise<Matrix> {
    if (hashes.length * this.#width > LARGE) collectGarbage();
    const result = matrix(hashes.length, this.#width);
    const wanted = new Map<number, number[]>();
    for (const [to, hash] of hashes.entries()) {
      const place = this.#places.get(hash)!;
      const shard = Math.floor(place / SHARD);
      const list = wanted.get(shard);
      if (list === undefined) wanted.set(shard, [to]);
      else list.push(to);
    }
    const scratch = new Scratch();
    for (const [shard, targets] of wanted) {
      const { vectors } = await readShard(this.#shards[shard]!.file, { verify: false, scratch });
      for (const to of targets) {
        const row = this.#places.get(hashes[to]!)! % SHARD;
        result.data.set(vectors.subarray(row * this.#width, (row + 1) * this.#width), to * this.#width);
      }
    }
    return result;
  }

  #add(file: string, { hashes, tokens, width }: ShardContents): void {
    if (this.#width !== 0 && width !== this.#width) throw new Error(`its vectors have ${width} numbers, those before ${this.#width}.`);
    this.#width = width;
    const shard = this.#shards.push({ file, tokens: tokens.slice() }) - 1;
    const all = Buffer.from(hashes.buffer, hashes.byteOffset, hashes.byteLength);
    for (let row = 0; row < tokens.length; row++) {
      this.#places.set(all.toString('latin1', row * HASH_BYTES, (row + 1) * HASH_BYTES), shard * SHARD + row);
    }
  }
}

interface ShardContents {
  /** [n, 16] */
  readonly hashes: Uint8Array;
  /** [n] */
  readonly tokens: Int32Array;
  /** [n, width] */
  readonly vectors: Float32Array;
  readonly width: number;
}

async function writeShard(folder: string, { hashes, tokens, vectors, width }: ShardContents): Promise<string> {
  const checksum = checksumOf({ hashes, tokens, vectors });
  const bytes = writeSafetensors(
    [
      { name: 'text', dtype: 'U8', shape: [tokens.length, HASH_BYTES], data: hashes },
      { name: 'tokens', dtype: 'I32', shape: [tokens.length], data: tokens },
      { name: 'vectors', dtype: 'F32', shape: [tokens.length, width], data: vectors },
    ],
    { checksum },
  );
  const file = path.join(folder, `${checksum.slice(0, 32)}.safetensors`);
  await writeAtomically(file, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return file;
}

/** Where shards are read, one after the other: a buffer for each would be garbage that lies about until somebody collects it. */
class Scratch {
  #bytes = Buffer.alloc(0);

  /** The bytes of a file, until the next is read. */
  async read(file: string): Promise<Buffer> {
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      if (this.#bytes.length < size) this.#bytes = Buffer.allocUnsafeSlow(size);
      let done = 0;
      while (done < size) {
        const { bytesRead } = await handle.read(this.#bytes, done, size - done, done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return this.#bytes.subarray(0, done);
    } finally {
      await handle.close();
    }
  }
}

/** Contents of a shard, until `scratch` reads the next. Throws where it is not what was written. */
async function readShard(file: string, { verify = true, scratch = new Scratch() }: { verify?: boolean; scratch?: Scratch } = {}): Promise<ShardContents> {
  const { tensors, metadata } = readSafetensors(await scratch.read(file), file);
  const text = tensors.get('text');
  const tokens = tensors.get('tokens');
  const vectors = tensors.get('vectors');
  if (!(text?.data instanceof Uint8Array) || !(tokens?.data instanceof Int32Array) || !(vectors?.data instanceof Float32Array)) {
    throw new Error('it lacks a tensor.');
  }
  const contents = { hashes: text.data, tokens: tokens.data, vectors: vectors.data, width: vectors.shape[1] ?? 0 };
  if (verify && metadata['checksum'] !== checksumOf(contents)) throw new Error('its checksum is wrong.');
  return contents;
}

function checksumOf({ hashes, tokens, vectors }: Omit<ShardContents, 'width'>): string {
  const hash = createHash('sha256');
  for (const { buffer, byteOffset, byteLength } of [hashes, tokens, vectors]) hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest('hex');
}

/** Throws where a shard is damaged. */
export async function shardIsSound(file: string): Promise<void> {
  await readShard(file);
}

/** Name of a key's folder. */
export function keyHash(key: VectorKey): string {
  return createHash('sha256').update(JSON.stringify([key.file, key.tokenizer, key.graphEdit, key.maxLength, key.dtype])).digest('hex').slice(0, 32);
}

/** Name of a text in the store: bytes as a string of as many characters, the smallest key that there is. */
export function textHash(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest().toString('latin1', 0, HASH_BYTES);
}

async function writeOnce(file: string, text: string): Promise<void> {
  const there = await stat(file).then(() => true, () => false);
  if (!there) await writeAtomically(file, text);
}
