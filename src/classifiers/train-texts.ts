import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Matrix } from '../numeric/matrix.ts';
import { safetensorsParts } from '../tensors/write-safetensors.ts';
import { TRAIN_TEXTS_FILE, TRAIN_VECTORS_FILE } from './record.ts';

/** Maximum bytes of vectors stored only for explanations: a head does not need them for predictions. */
const MOST_BYTES = 200e6;

export interface TrainTexts {
  /** [texts, width] */
  readonly vectors: Matrix;
  /** Classes of each text, ascending. */
  readonly labelSets: readonly Int32Array[];
  readonly texts: readonly string[];
}

/** Why vectors that predictions do not need are not saved; undefined if they are. */
export function tooManyVectors({ vectors: { data } }: Pick<TrainTexts, 'vectors'>): string | undefined {
  if (data.byteLength <= MOST_BYTES) return undefined;
  return `the vectors of the train texts would be ${Math.round(data.byteLength / 1e6)} MB, needed only for explanations (dropped above ${MOST_BYTES / 1e6} MB)`;
}

/** Writes vectors and classes of the training texts, and with `withTexts` the texts. Returns the files' names. */
export async function writeTrainTexts(
  folder: string,
  { vectors, labelSets, texts }: TrainTexts,
  { withTexts }: { withTexts: boolean },
): Promise<string[]> {
  const starts = new Int32Array(labelSets.length + 1);
  for (const [i, { length }] of labelSets.entries()) starts[i + 1] = starts[i]! + length;
  const labels = new Int32Array(starts.at(-1)!);
  for (const [i, set] of labelSets.entries()) labels.set(set, starts[i]);
  const parts = safetensorsParts([
    { name: 'vectors', dtype: 'F32', shape: [vectors.rows, vectors.cols], data: vectors.data },
    { name: 'labels', dtype: 'I32', shape: [labels.length], data: labels },
    { name: 'starts', dtype: 'I32', shape: [starts.length], data: starts },
  ]);
  await writeFile(path.join(folder, TRAIN_VECTORS_FILE), parts);
  if (!withTexts) return [TRAIN_VECTORS_FILE];
  await writeFile(
    path.join(folder, TRAIN_TEXTS_FILE),
    texts.map((text) => `${JSON.stringify({ text })}\n`),
  );
  return [TRAIN_VECTORS_FILE, TRAIN_TEXTS_FILE];
}
