import { existsSync } from 'node:fs';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pooledVectors, type Pooling, type VectorSpec } from '../embed/vectors.ts';
import { openEncoder } from '../encoders/encoder.ts';
import type { ExportDtype, FolderAdditions } from '../encoders/export.ts';
import type { FamilyOptions } from '../encoders/families/family.ts';
import { readJsonObject } from '../encoders/json-file.ts';
import { jsonLike } from '../encoders/json-text.ts';
import { skippedTokens } from '../encoders/prompted-text.ts';
import { TRAINING_RECORD } from '../encoders/training-record.ts';
import { HarnessError } from '../errors.ts';
import { readSafetensors } from '../tensors/read-safetensors.ts';
import type { Head } from './head.ts';
import { addLogits, canPool } from './logits-graph.ts';
import { CLASSIFIER_RECORD, classifierRecord, HEAD_FILE, TRAIN_TEXTS_FILE, TRAIN_VECTORS_FILE, type ClassifierRecord } from './record.ts';

export interface ExportedParams {
  readonly name: string;
  readonly folder: string;
  readonly dtype: ExportDtype;
  readonly firstLayers: number | undefined;
  readonly options: FamilyOptions | undefined;
}

export interface Exported {
  /** What an export of the encoder adds. */
  readonly additions: FolderAdditions;
  /** Human-readable notes, one sentence each. */
  readonly notes: readonly string[];
  /** Its graph reads pairs. */
  readonly pairs?: boolean | undefined;
}

const CARD = 'README.md';
const KEPT = [CLASSIFIER_RECORD, HEAD_FILE, TRAIN_VECTORS_FILE, TRAIN_TEXTS_FILE, TRAINING_RECORD, CARD];
/** The card's code for the graph of the folder. */
const GRAPHS: Readonly<Record<ExportDtype, { readonly file: string; readonly word: string }>> = {
  fp32: { file: 'model.onnx', word: 'fp32' },
  fp16: { file: 'model_fp16.onnx', word: 'fp16' },
  q8: { file: 'model_quantized.onnx', word: 'q8' },
};

/**
 * What to add to an export of a classifier's encoder: everything in its folder, and the logits in the new graph; nothing if the encoder is
 * truncated, which changes its vectors. Undefined if the folder is not a classifier's. Throws FORMAT for a broken one.
 */
export async function exportedClassifier({ name, folder, dtype, firstLayers, options }: ExportedParams): Promise<Exported | undefined> {
  const file = path.join(folder, CLASSIFIER_RECORD);
  const values = await readJsonObject(file);
  if (values === undefined) return undefined;
  const kept = KEPT.filter((each) => existsSync(path.join(folder, each)));
  if (firstLayers !== undefined) {
    return {
      additions: { files: async (to) => withoutClasses(path.join(to, 'config.json')) },
      notes: [`Not exported: the classifier (${kept.join(', ')}). It does not fit the vectors of the first ${firstLayers} layers.`],
    };
  }
  const { data: record, error } = classifierRecord.safeParse(values);
  if (record === undefined) {
    throw new HarnessError('FORMAT', {
      where: file,
      what: `It is not a classifier (${error.issues[0]?.message}).`,
      hint: 'Save it again, or delete it.',
    });
  }
  const head = await headIn(folder, record);
  const encoder = await openEncoder({ name, folder, onnx: undefined, revision: '', options });
  const { depth, published } = encoder;
  const pooled = (): VectorSpec | undefined =>
    pooledVectors({
      poolings: [record.pooling as Pooling],
      layers: 'last',
      layerMeans: ['0..L'],
      depth,
      published: 'steps' in published ? published : undefined,
      encoder: name,
    })[0]?.spec;
  const spec = record.words === undefined ? pooled() : { word: record.words, layers: [depth], combine: 'one' as const };
  return {
    additions: {
      graph: async (model, states) => {
        if (head === undefined || spec === undefined || !canPool(spec)) return;
        await addLogits(model, states, { spec, head, skip: skippedTokens(encoder) });
      },
      files: async (to) => {
        for (const each of kept) await copyFile(path.join(folder, each), path.join(to, each));
        if (kept.includes(CARD)) await nameGraph(path.join(to, CARD), dtype);
        return kept;
      },
    },
    pairs: record.cosine === undefined ? record.pairs : undefined,
    notes:
      record.kind === 'neighbours' && dtype !== 'fp32'
        ? [`Its training vectors are those of the float32 weights: with ${dtype}, borderline texts may get another class.`]
        : [],
  };
}

async function headIn(folder: string, { kind, unitVectors, cosine }: ClassifierRecord): Promise<Head | undefined> {
  if (kind === 'neighbours' || cosine !== undefined) return undefined;
  const file = path.join(folder, HEAD_FILE);
  const { tensors } = readSafetensors(await readFile(file), file);
  const [weight, bias] = [tensors.get('head.weight')?.data, tensors.get('head.bias')?.data];
  if (weight instanceof Float32Array && bias instanceof Float32Array) return { weight, bias, unit: unitVectors === true };
  throw new HarnessError('FORMAT', { where: file, what: 'It holds no head.', hint: 'Save the classifier again.' });
}

/** config.json of the encoder without a head. */
async function withoutClasses(file: string): Promise<string[]> {
  const before = await readFile(file, 'utf8');
  const {
    id2label: _names,
    label2id: _numbers,
    problem_type: _problem,
    architectures,
    ...rest
  } = JSON.parse(before) as Record<string, unknown>;
  const classes = [architectures].flat().filter((each) => typeof each === 'string');
  const plain = classes.map((each) => each.replace(/For(?:Sequence|Token)Classification$/, 'Model'));
  await writeFile(file, jsonLike({ ...rest, ...(plain.length > 0 && { architectures: plain }) }, before));
  return [];
}

const SENTENCE_BLOCK = /^Python, vectors alone, with sentence-transformers:\n\n```python\n[\s\S]*?\n```\n\n/m;

async function nameGraph(card: string, dtype: ExportDtype): Promise<void> {
  const { file, word } = GRAPHS[dtype];
  // The weights for sentence-transformers are not exported.
  const text = (await readFile(card, 'utf8'))
    .replace(SENTENCE_BLOCK, '')
    .replace('library_name: sentence-transformers', 'library_name: onnx');
  await writeFile(card, text.replaceAll('onnx/model.onnx', `onnx/${file}`).replaceAll("{ dtype: 'fp32' }", `{ dtype: '${word}' }`));
}
