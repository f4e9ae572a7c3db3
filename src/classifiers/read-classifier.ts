import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import { HarnessError, reason, shown } from '../errors.ts';
import { parseStrictJson } from '../files/strict-json.ts';
import { POOLINGS } from '../embed/vectors.ts';
import { readSafetensors } from '../tensors/read-safetensors.ts';
import { brokenModel } from './broken-model.ts';
import type { Classifier } from './classifier.ts';
import { headOf, trainOf } from './classifier-tensors.ts';
import { CLASSIFIER_RECORD, classifierRecord, HEAD_FILE, TRAIN_TEXTS_FILE, TRAIN_VECTORS_FILE, type ClassifierRecord } from './record.ts';

/** Whether a folder's encoder has a classifier. */
export function hasClassifier(folder: string): boolean {
  return existsSync(path.join(folder, CLASSIFIER_RECORD));
}

/** Reads the classifier of a folder. Throws FORMAT, naming the file, if one is missing, damaged or inconsistent with the others. */
export async function readClassifier(folder: string): Promise<Classifier> {
  const hash = createHash('sha256');
  const bytesOf = async (name: string): Promise<Buffer> => {
    const bytes = await contentOf(folder, name);
    hash.update(`${name} ${bytes.length}\n`).update(bytes);
    return bytes;
  };
  const file = (name: string) => path.join(folder, name);
  const record = recordOf(await bytesOf(CLASSIFIER_RECORD), file(CLASSIFIER_RECORD));
  if (record.cosine !== undefined && existsSync(file(HEAD_FILE))) {
    throw brokenModel(file(HEAD_FILE), `${CLASSIFIER_RECORD} predicts cosines, which use no head.`);
  }
  const head =
    record.kind !== 'neighbours' && record.cosine === undefined
      ? headOf(readSafetensors(await bytesOf(HEAD_FILE), file(HEAD_FILE)).tensors, { record, file: file(HEAD_FILE) })
      : undefined;
  const hasTrain = record.kind === 'neighbours' || existsSync(file(TRAIN_VECTORS_FILE));
  const train = hasTrain
    ? trainOf(readSafetensors(await bytesOf(TRAIN_VECTORS_FILE), file(TRAIN_VECTORS_FILE)).tensors, {
        record,
        file: file(TRAIN_VECTORS_FILE),
      })
    : undefined;
  if (head !== undefined && train !== undefined && head.width !== train.vectors.cols) {
    throw brokenModel(
      file(HEAD_FILE),
      `Its head takes vectors of ${head.width} dimensions, those of ${TRAIN_VECTORS_FILE} have ${train.vectors.cols}.`,
    );
  }
  const texts = existsSync(file(TRAIN_TEXTS_FILE)) ? () => readTrainTexts(folder, train?.labels.length ?? 0) : undefined;
  return { name: folder, record, head, train: train && { ...train, texts }, hash: hash.digest('hex') };
}

async function contentOf(folder: string, name: string): Promise<Buffer> {
  try {
    return await readFile(path.join(folder, name));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw brokenModel(path.join(folder, name), missing ? 'Missing in the model folder.' : `Cannot be read (${reason(error)}).`, error);
  }
}

function recordOf(bytes: Buffer, file: string): ClassifierRecord {
  let value: unknown;
  try {
    value = parseStrictJson(bytes);
  } catch (error) {
    throw brokenModel(file, `It is not JSON (${reason(error)}).`, error);
  }
  const version = (value as { readonly version?: unknown } | null)?.version;
  if (typeof version === 'number' && version > 1) {
    throw new HarnessError('FORMAT', {
      where: file,
      what: `Its version is ${shown(version)}; this program reads version 1.`,
      hint: 'Update the program.',
    });
  }
  const { success, data, error } = classifierRecord.safeParse(value);
  if (!success) throw brokenModel(file, `Invalid classifier: ${firstIssue(error)}.`);
  const twice = data.classes.find((name, at) => data.classes.indexOf(name) < at);
  if (twice !== undefined) throw brokenModel(file, `Duplicate class ${shown(twice)}.`);
  if (data.words === undefined && !(POOLINGS as readonly string[]).includes(data.pooling))
    throw brokenModel(file, `Unknown pooling ${shown(data.pooling)}.`);
  return data;
}

function firstIssue({ issues: [issue] }: z.ZodError): string {
  const place = issue!.path.join('.');
  return `${place === '' ? '' : `${place}: `}${issue!.message.replace(/\.$/, '')}`;
}

/** [texts] Throws FORMAT if their number differs. */
async function readTrainTexts(folder: string, count: number): Promise<readonly string[]> {
  const file = path.join(folder, TRAIN_TEXTS_FILE);
  const lines = (await contentOf(folder, TRAIN_TEXTS_FILE)).toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  const texts = lines.map((line, at) => {
    const text = textOf(line);
    if (text === undefined) throw brokenModel(`${file}:${at + 1}`, 'The line is not {"text": …}.');
    return text;
  });
  if (texts.length !== count) throw brokenModel(file, `It has ${texts.length} texts, but ${TRAIN_VECTORS_FILE} has ${count} vectors.`);
  return texts;
}

function textOf(line: string): string | undefined {
  try {
    const { text } = JSON.parse(line) as { readonly text?: unknown };
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined;
  }
}
