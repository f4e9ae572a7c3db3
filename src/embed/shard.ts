import { createHash, webcrypto } from 'node:crypto';
import { open } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { writeAtomically } from '../files/atomic.ts';
import { readSafetensors } from '../tensors/read-safetensors.ts';
import { safetensorsParts, type NamedTensor } from '../tensors/write-safetensors.ts';
import { HASH_BYTES } from './vector-key.ts';

/** Contents of a shard. */
export interface ShardContents {
  /** [n, 16] */
  readonly hashes: Uint8Array;
  /** [n] */
  readonly tokens: Int32Array;
  /** [n, width]; for words [all words, width] */
  readonly vectors: Float32Array;
  readonly width: number;
  /** If the rows above are sentences, whose words have the vectors. */
  readonly words?: ShardWords | undefined;
}

export interface ShardWords {
  /** [n] Number of words of each sentence. */
  readonly counts: Int32Array;
  /** [all words] Why a word has no vector (WORD_LOSS). */
  readonly lost: Uint8Array;
}

/** Writes a shard atomically, and returns its file, named by its checksum. */
export async function writeShard(folder: string, contents: ShardContents): Promise<string> {
  const { hashes, tokens, vectors, width, words } = contents;
  const checksum = await checksumAside(contents);
  const parts = safetensorsParts(
    [
      { name: 'text', dtype: 'U8', shape: [tokens.length, HASH_BYTES], data: hashes },
      { name: 'tokens', dtype: 'I32', shape: [tokens.length], data: tokens },
      { name: 'vectors', dtype: 'F32', shape: [vectors.length / width, width], data: vectors },
      ...wordTensors(words),
    ],
    { checksum },
  );
  const file = path.join(folder, `${checksum.slice(0, 32)}.safetensors`);
  await writeAtomically(file, parts);
  return file;
}

function wordTensors(words: ShardWords | undefined): NamedTensor[] {
  if (words === undefined) return [];
  const { counts, lost } = words;
  return [
    { name: 'words', dtype: 'I32', shape: [counts.length], data: counts },
    { name: 'lost', dtype: 'U8', shape: [lost.length], data: lost },
  ];
}

/** A buffer for reading shards one after the other: separate ones would stay in memory until they are collected. */
export class Scratch {
  #bytes = Buffer.alloc(0);

  /** The bytes of a file, valid until the next read. */
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

/** Contents of a shard, valid until `scratch` reads the next. Throws if it is damaged. */
export async function readShard(
  file: string,
  { verify = true, scratch = new Scratch() }: { verify?: boolean; scratch?: Scratch } = {},
): Promise<ShardContents> {
  const { tensors, metadata } = readSafetensors(await scratch.read(file), file);
  const text = tensors.get('text');
  const tokens = tensors.get('tokens');
  const vectors = tensors.get('vectors');
  if (!(text?.data instanceof Uint8Array) || !(tokens?.data instanceof Int32Array) || !(vectors?.data instanceof Float32Array)) {
    throw new Error('it lacks a tensor.');
  }
  const contents = {
    hashes: text.data,
    tokens: tokens.data,
    vectors: vectors.data,
    width: vectors.shape[1] ?? 0,
    words: wordsOf(tensors),
  };
  if (verify && metadata['checksum'] !== checksumOf(contents)) throw new Error('its checksum is wrong.');
  return contents;
}

function wordsOf(tensors: ReadonlyMap<string, NamedTensor>): ShardWords | undefined {
  const counts = tensors.get('words')?.data;
  const lost = tensors.get('lost')?.data;
  return counts instanceof Int32Array && lost instanceof Uint8Array ? { counts, lost } : undefined;
}

function checksumOf(contents: Checked): string {
  const hash = createHash('sha256');
  for (const part of partsOf(contents)) hash.update(part);
  return hash.digest('hex');
}

/**
 * The same on another processor, if available and the parts are contiguous: for static encoders it is a tenth of the time of this thread.
 */
async function checksumAside(contents: Checked): Promise<string> {
  const whole = availableParallelism() > 1 ? joined(partsOf(contents)) : undefined;
  return whole === undefined ? checksumOf(contents) : Buffer.from(await webcrypto.subtle.digest('SHA-256', whole)).toString('hex');
}

type Checked = Omit<ShardContents, 'width'>;

function partsOf({ hashes, tokens, vectors, words }: Checked): Uint8Array<ArrayBuffer>[] {
  const all = words === undefined ? [hashes, tokens, vectors] : [words.lost, hashes, tokens, words.counts, vectors];
  return all.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength));
}

/** Contiguous arrays as one; undefined if they are not contiguous. */
function joined(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> | undefined {
  const { buffer, byteOffset } = parts[0]!;
  let end = byteOffset;
  for (const part of parts) {
    if (part.buffer !== buffer || part.byteOffset !== end) return undefined;
    end += part.byteLength;
  }
  return new Uint8Array(buffer, byteOffset, end - byteOffset);
}

/** Throws if a shard is damaged. */
export async function shardIsSound(file: string): Promise<void> {
  await readShard(file);
}
