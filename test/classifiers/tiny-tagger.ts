import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { CLASSIFIER_RECORD, HEAD_FILE, TRAIN_VECTORS_FILE, type ClassifierRecord } from '../../src/classifiers/record.ts';
import { SentenceRunner } from '../../src/embed/sentence-runner.ts';
import type { WordPooling } from '../../src/embed/word-specs.ts';
import { writeSafetensors } from '../../src/tensors/write-safetensors.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';
import { openTiny } from './tiny-classifier.ts';

export interface TinyTagger {
  readonly kind?: 'head' | 'neighbours';
  readonly words?: WordPooling;
  readonly tags?: readonly string[];
  readonly sentences?: readonly TinySentence[];
  readonly record?: Partial<ClassifierRecord>;
}

/** Words, and the index of each one's tag. */
export type TinySentence = readonly (readonly [string, number])[];

export const TINY_TAGS = ['B-LOC', 'B-PER', 'I-PER', 'O'];
export const TINY_SENTENCES: readonly TinySentence[] = [
  [
    ['who', 3],
    ['is', 3],
    ['abc', 1],
    ['de', 2],
    ['?', 3],
  ],
  [
    ['where', 3],
    ['is', 3],
    ['xyz', 0],
    ['.', 3],
  ],
  [
    ['abc', 1],
    ['def', 2],
    ['is', 3],
    ['the', 3],
    ['what', 3],
  ],
  [
    ['xyz', 0],
    ['the', 3],
    ['zyx', 0],
  ],
];

/** Vectors of the words of sentences, in their order. Each needs a vector. */
export async function tinyWordVectors(
  folder: string,
  sentences: readonly (readonly string[])[],
  word: WordPooling,
): Promise<Float32Array[]> {
  const encoder = await openTiny(folder);
  const runner = await SentenceRunner.open({ encoder, spec: { word, layers: [encoder.depth], combine: 'one' }, threads: 1 });
  const found: Float32Array[][] = [];
  try {
    await runner.run(sentences, {
      take: ({ rows, words, vectors: { data, cols } }) => {
        let at = 0;
        for (const [i, row] of rows.entries()) found[row] = Array.from({ length: words[i]! }, () => data.slice(at * cols, ++at * cols));
      },
    });
  } finally {
    await runner.close();
  }
  return found.flat();
}

/** A folder that tags words: a tiny encoder, and a head whose rows are the mean vectors of each tag; or words that vote. */
export async function writeTinyTagger(folder: string, options: TinyTagger = {}): Promise<string> {
  const { kind = 'head', words = 'first', tags = TINY_TAGS, sentences = TINY_SENTENCES } = options;
  writeTinyEncoder(folder, { seed: 5 });
  const record: ClassifierRecord = {
    version: 1,
    kind,
    words,
    classes: [...tags],
    multiLabel: false,
    pooling: 'word',
    maxLength: 20,
    neighbours: { k: 3, metric: 'euclidean', votes: 'uniform' },
    temperature: 0.5,
    dataset: { name: 'tiny', hash: '0'.repeat(64), labelField: 'label' },
    ...options.record,
  };
  writeFileSync(path.join(folder, CLASSIFIER_RECORD), JSON.stringify(record));
  const vectors = await tinyWordVectors(
    folder,
    sentences.map((sentence) => sentence.map(([word]) => word)),
    words,
  );
  const labels = sentences.flat().map(([, tag]) => tag);
  const width = vectors[0]!.length;
  if (kind === 'neighbours') {
    writeFileSync(
      path.join(folder, TRAIN_VECTORS_FILE),
      writeSafetensors([
        { name: 'vectors', dtype: 'F32', shape: [vectors.length, width], data: Float32Array.from(vectors.flatMap((each) => [...each])) },
        { name: 'labels', dtype: 'I32', shape: [labels.length], data: Int32Array.from(labels) },
        { name: 'starts', dtype: 'I32', shape: [labels.length + 1], data: Int32Array.from({ length: labels.length + 1 }, (_, i) => i) },
      ]),
    );
    return folder;
  }
  const weight = new Float32Array(tags.length * width);
  const bias = new Float32Array(tags.length);
  for (const tag of tags.keys()) {
    const own = labels.flatMap((label, i) => (label === tag ? [i] : []));
    const row = weight.subarray(tag * width, (tag + 1) * width);
    for (const i of own) for (let j = 0; j < width; j++) row[j]! += vectors[i]![j]! / own.length;
    bias[tag] = -0.5 * row.reduce((sum, value) => sum + value * value, 0);
  }
  writeFileSync(
    path.join(folder, HEAD_FILE),
    writeSafetensors([
      { name: 'head.weight', dtype: 'F32', shape: [tags.length, width], data: weight },
      { name: 'head.bias', dtype: 'F32', shape: [tags.length], data: bias },
    ]),
  );
  return folder;
}
