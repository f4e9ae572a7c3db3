import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SPLITS, type ClassificationDataset } from '../datasets/dataset.ts';
import { HarnessError, reason } from '../errors.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { readSafetensors } from '../tensors/read-safetensors.ts';
import { writeSafetensors, type NamedTensor } from '../tensors/write-safetensors.ts';

/** Vectors of all texts of a dataset after a training epoch, kept for plots: one file per epoch, one folder per run. */
export interface EpochVectors {
  readonly vectors: Matrix;
  readonly epoch: number;
  readonly pooling: string;
  /** Prompt put before every text, as in results.csv; omitted if none. */
  readonly prompt?: string | undefined;
  /** Index into SPLITS of each row. */
  readonly split: Uint8Array;
  /** The first label field, and the second if the objective learns from two. */
  readonly fields: readonly LabelledField[];
}

export type LabelledField = Pick<ClassificationDataset, 'labels' | 'classes' | 'labelField'>;

export interface RunName {
  readonly encoder: string;
  readonly dataset: string;
  readonly objective: string;
  readonly seed: number;
  /** Hash of the run's settings. */
  readonly hash: string;
}

/** Folder of all of them in a results folder: ENCODER/DATASET/RUN/epoch-N.safetensors. */
export const VECTORS_FOLDER = 'vectors';
/** Hex digits of the hash in a folder's name. */
const HASH_LETTERS = 8;

/** Characters of other scripts take several bytes each, and a file name has at most 255. */
const MOST_BYTES = 100;

/**
 * A name valid on any file system. Letters of all scripts are kept; if non-ASCII characters are dropped or the name is shortened, a hash
 * keeps names distinct.
 */
export function fileName(name: string): string {
  const whole = name.normalize('NFC');
  const kept = whole.replaceAll(/[^\p{L}\p{M}\p{N}_.@-]+/gu, '-');
  const isAscii = /^\p{ASCII}*$/u.test(whole);
  if (isAscii || (Buffer.byteLength(kept) <= MOST_BYTES && !/[^\p{ASCII}\p{L}\p{M}\p{N}]/u.test(whole))) return kept;
  const start = Buffer.from(kept)
    .subarray(0, MOST_BYTES - 1 - HASH_LETTERS)
    .toString()
    .replace(/\uFFFD+$/, '');
  return `${start}-${createHash('sha256').update(whole).digest('hex').slice(0, HASH_LETTERS)}`;
}

export function epochFile(out: string, { encoder, dataset, objective, seed, hash }: RunName, epoch: number): string {
  return path.join(
    out,
    VECTORS_FOLDER,
    fileName(encoder),
    fileName(dataset),
    `${objective}-seed${seed}-${hash.slice(0, HASH_LETTERS)}`,
    `epoch-${epoch}.safetensors`,
  );
}

/** The parts of a run folder's name; undefined for another folder. */
export function parseRun(folder: string): Pick<RunName, 'objective' | 'seed' | 'hash'> | undefined {
  const [, objective, seed, hash] = /^(.+)-seed(\d+)-([0-9a-f]{8})$/.exec(folder) ?? [];
  return objective === undefined ? undefined : { objective, seed: Number(seed), hash: hash! };
}

/** The epoch in a file name; undefined for another file. */
export function parseEpoch(file: string): number | undefined {
  const [, epoch] = /^epoch-(\d+)\.safetensors$/.exec(file) ?? [];
  return epoch === undefined ? undefined : Number(epoch);
}

export function epochBytes({ vectors, epoch, pooling, prompt, split, fields: [first, second] }: EpochVectors): Uint8Array {
  const labels = (name: string, field: LabelledField): NamedTensor => ({ name, dtype: 'I32', shape: [vectors.rows], data: field.labels });
  return writeSafetensors(
    [
      { name: 'vectors', dtype: 'F32', shape: [vectors.rows, vectors.cols], data: vectors.data },
      labels('labels', first!),
      ...(second === undefined ? [] : [labels('second_labels', second)]),
      { name: 'split', dtype: 'U8', shape: [vectors.rows], data: split },
    ],
    {
      classes: JSON.stringify(first!.classes),
      label_field: first!.labelField,
      ...(second !== undefined && { second_classes: JSON.stringify(second.classes), second_label_field: second.labelField }),
      splits: SPLITS.join(','),
      epoch: String(epoch),
      pooling,
      ...(prompt !== undefined && { prompt }),
    },
  );
}

/** Reads such a file. Throws FORMAT for an invalid one. */
export function readEpoch(file: string): EpochVectors {
  const complain = (what: string) =>
    new HarnessError('FORMAT', { where: file, what, hint: 'Delete it, and write it again with `bench finetune --vectors-at`.' });
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new HarnessError('SOURCE', { where: file, what: `Cannot be read (${reason(error)}).` }, { cause: error });
  }
  const { tensors, metadata } = readSafetensors(bytes, file);
  const [vectors, split] = [tensors.get('vectors'), tensors.get('split')];
  const epoch = parseEpoch(path.basename(file));
  if (!(vectors?.data instanceof Float32Array) || vectors.shape.length !== 2 || !(split?.data instanceof Uint8Array) || epoch === undefined)
    throw complain('It contains no vectors of an epoch.');
  const [rows, cols] = vectors.shape as [number, number];
  const field = (tensor: string, names: string, labelField: string): LabelledField => {
    const labels = tensors.get(tensor);
    const classes = namesOf(metadata[names]);
    if (
      !(labels?.data instanceof Int32Array) ||
      labels.data.length !== rows ||
      classes === undefined ||
      !labels.data.every((label) => label >= 0 && label < classes.length)
    )
      throw complain(`Its ${tensor} do not match its rows and classes.`);
    return { labels: labels.data, classes, labelField };
  };
  if (split.data.length !== rows || !split.data.every((each) => each < SPLITS.length)) throw complain('Its splits do not match its rows.');
  return {
    vectors: { rows, cols, data: vectors.data },
    epoch,
    pooling: metadata['pooling'] ?? '',
    ...(metadata['prompt'] !== undefined && { prompt: metadata['prompt'] }),
    split: split.data,
    fields: [
      field('labels', 'classes', metadata['label_field'] ?? ''),
      ...(tensors.has('second_labels') ? [field('second_labels', 'second_classes', metadata['second_label_field'] ?? '')] : []),
    ],
  };
}

function namesOf(json: unknown): string[] | undefined {
  try {
    const names: unknown = JSON.parse(String(json));
    return Array.isArray(names) && names.every((name) => typeof name === 'string') ? names : undefined;
  } catch {
    return undefined;
  }
}
