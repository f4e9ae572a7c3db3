import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CLASSIFIER_RECORD, HEAD_FILE, TRAIN_TEXTS_FILE, TRAIN_VECTORS_FILE, type ClassifierRecord } from '../../src/classifiers/record.ts';
import { TextRunner } from '../../src/embed/text-runner.ts';
import { openEncoder, type Encoder } from '../../src/encoders/encoder.ts';
import type { Matrix } from '../../src/numeric/matrix.ts';
import { writeSafetensors } from '../../src/tensors/write-safetensors.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';

export interface TinyClassifier {
  readonly kind?: 'head' | 'neighbours';
  readonly classes?: readonly string[];
  readonly multiLabel?: boolean;
  readonly record?: Partial<ClassifierRecord>;
  /** Of train; none: a head without texts. */
  readonly texts?: readonly string[];
  /** Classes of each. */
  readonly labels?: readonly (readonly number[])[];
}

export const TINY_CLASSES = ['person', 'place', 'thing'];
export const TINY_TEXTS = ['who is it?', 'who', 'where is the abc', 'where', 'what is the', 'what'];
export const TINY_LABELS = [[0], [0], [1], [1], [2], [2]];

/** The encoder of a tiny folder, truncated as its classifier declares. */
export function openTiny(folder: string): Promise<Encoder> {
  return openEncoder({ name: 'tiny', folder, onnx: path.join(folder, 'model.onnx'), revision: '', maxLength: 20 });
}

/** Means of the last layer [texts, 16], by the encoder of a folder. */
export async function tinyVectors(folder: string, texts: readonly string[]): Promise<Matrix> {
  const encoder = await openTiny(folder);
  const vector = { pooling: 'mean', layers: 'last', spec: { token: 'mean', layers: [encoder.depth], combine: 'one' } } as const;
  const runner = await TextRunner.open({ encoder, vector, threads: 1 });
  try {
    const { vectors, rows } = await runner.run(texts);
    const data = new Float32Array(texts.length * vectors.cols);
    for (const [i, row] of rows.entries()) data.set(vectors.data.subarray(row * vectors.cols, (row + 1) * vectors.cols), i * vectors.cols);
    return { rows: texts.length, cols: vectors.cols, data };
  } finally {
    await runner.close();
  }
}

/** A folder that classifies, as `finetune --save` writes it: a tiny encoder, and a head whose rows are the mean vectors of each class. */
export async function writeTinyClassifier(folder: string, options: TinyClassifier = {}): Promise<string> {
  const { kind = 'head', classes = TINY_CLASSES, multiLabel = false, texts = TINY_TEXTS, labels = TINY_LABELS } = options;
  writeTinyEncoder(folder, { seed: 5 });
  const record: ClassifierRecord = {
    version: 1,
    kind,
    classes: [...classes],
    multiLabel,
    pooling: 'mean',
    maxLength: 20,
    neighbours: { k: 2, metric: 'euclidean', votes: 'uniform' },
    temperature: 0.5,
    dataset: { name: 'tiny', hash: '0'.repeat(64), labelField: 'label' },
    ...options.record,
  };
  writeFileSync(path.join(folder, CLASSIFIER_RECORD), JSON.stringify(record));
  const vectors = await tinyVectors(folder, texts);
  const width = vectors.cols;
  const flat = labels.flat();
  const starts = labels.reduce((all, set) => [...all, all.at(-1)! + set.length], [0]);
  const train = [
    { name: 'vectors', dtype: 'F32', shape: [texts.length, width], data: vectors.data },
    { name: 'labels', dtype: 'I32', shape: [flat.length], data: Int32Array.from(flat) },
    { name: 'starts', dtype: 'I32', shape: [starts.length], data: Int32Array.from(starts) },
  ] as const;
  writeFileSync(path.join(folder, TRAIN_VECTORS_FILE), writeSafetensors(train));
  writeFileSync(path.join(folder, TRAIN_TEXTS_FILE), texts.map((text) => `${JSON.stringify({ text })}\n`).join(''));
  if (kind === 'head') {
    const weight = new Float32Array(classes.length * width);
    const bias = new Float32Array(classes.length);
    for (const c of classes.keys()) {
      const own = texts.flatMap((_, i) => (labels[i]!.includes(c) ? [i] : []));
      for (const i of own) for (let j = 0; j < width; j++) weight[c * width + j]! += vectors.data[i * width + j]! / own.length;
      const row = weight.subarray(c * width, (c + 1) * width);
      bias[c] = -0.5 * row.reduce((sum, value) => sum + value * value, 0);
    }
    writeFileSync(
      path.join(folder, HEAD_FILE),
      writeSafetensors([
        { name: 'head.weight', dtype: 'F32', shape: [classes.length, width], data: weight },
        { name: 'head.bias', dtype: 'F32', shape: [classes.length], data: bias },
      ]),
    );
  }
  return folder;
}

/** Changes the classifier.json of a folder. */
export function changeRecord(folder: string, change: (record: Record<string, unknown>) => void): void {
  const file = path.join(folder, CLASSIFIER_RECORD);
  const record = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  change(record);
  writeFileSync(file, JSON.stringify(record));
}
