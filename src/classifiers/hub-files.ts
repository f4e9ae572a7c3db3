import { readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { exportedTokenizer } from '../encoders/export.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { readJson, readJsonObject } from '../encoders/json-file.ts';
import { readSentenceTransformersConfig } from '../encoders/sentence-transformers-config.ts';
import { jsonLike } from '../encoders/json-text.ts';
import { readSentenceConfig } from '../encoders/sentence-config.ts';
import { sentenceModules } from '../encoders/sentence-modules.ts';
import { TOKENIZER_ARGUMENTS } from '../encoders/tokenizers/settings.ts';
import { makeFolder } from '../files/make-folder.ts';
import { own } from '../own.ts';
import { isOfWords, type TrainedSpec } from '../training/word-vectors.ts';
import { CLASSIFIER_CLASSES, TAGGER_CLASSES } from './hub-classes.ts';
import type { ClassifierRecord } from './record.ts';

export interface HubFilesParams {
  /** With graph, tokenizer and configuration; modified. */
  readonly folder: string;
  /** Of the encoder that was trained. */
  readonly from: string;
  readonly encoder: Pick<Encoder, 'depth' | 'maxLength' | 'positions' | 'includePrompt' | 'published'>;
  readonly spec: TrainedSpec;
  /** Dimensions of a token's vector. */
  readonly width: number;
  readonly record: ClassifierRecord;
  /** The graph returns logits. */
  readonly hasLogits: boolean;
}

export interface HubFiles {
  /** The encoder's type in config.json. */
  readonly modelType: string;
  /** modules.json has the pooling that it was trained with. */
  readonly saysPooling: boolean;
}

/**
 * Updates the configuration of an encoder's folder with what other programs need to know about a classifier: the names of its classes
 * (config.json), the length limit (tokenizer_config.json, sentence_bert_config.json), the pooling (modules.json, if sentence-transformers
 * supports it).
 */
export async function writeHubFiles(params: HubFilesParams): Promise<HubFiles> {
  const modelType = await writeConfig(params);
  await writeTokenizer(params);
  const saysPooling = await writeModules(params);
  await writeSentenceConfig(params);
  return { modelType, saysPooling };
}

async function writeConfig({ folder, encoder, record, hasLogits }: HubFilesParams): Promise<string> {
  const file = path.join(folder, 'config.json');
  const values = (await readJsonObject(file)) ?? {};
  const { num_labels: _count, _num_labels: _older, id2label: _names, label2id: _numbers, problem_type: _problem, ...rest } = values;
  const modelType = typeof values['model_type'] === 'string' ? values['model_type'] : undefined;
  // For a single ONNX file: loaders require a type, and these two only determine where positions begin.
  const { first } = encoder.positions;
  const stand = first === 0 ? { model_type: 'bert' } : { model_type: 'roberta', pad_token_id: first - 1 };
  const type = modelType ?? stand.model_type;
  const [known, suffix] =
    record.words === undefined ? [CLASSIFIER_CLASSES, 'ForSequenceClassification'] : [TAGGER_CLASSES, 'ForTokenClassification'];
  const className = hasLogits ? (own(known, type) ?? classOf(values['architectures'], suffix)) : undefined;
  await writeJson(file, {
    ...rest,
    ...(modelType === undefined && stand),
    ...(className !== undefined && { architectures: [className] }),
    ...labelsOf(record),
    ...(hasLogits && record.words === undefined && { problem_type: problemOf(record) }),
  });
  return type;
}

/** A model of numbers has one output, named after the column of its targets. */
function labelsOf({ kind, classes, cosine, dataset: { labelField } }: ClassifierRecord): object {
  if (cosine !== undefined) return {};
  const names = kind === 'regression' ? [labelField] : classes;
  return {
    id2label: Object.fromEntries(names.entries()),
    label2id: Object.fromEntries(names.map((name, at) => [name, at])),
    ...(kind === 'regression' && { num_labels: 1 }),
  };
}

function problemOf({ kind, multiLabel }: ClassifierRecord): string {
  if (kind === 'regression') return 'regression';
  return multiLabel ? 'multi_label_classification' : 'single_label_classification';
}

/** The class with a head corresponding to the encoder's published class; undefined if unknown. */
function classOf(architectures: unknown, suffix: string): string | undefined {
  const [name] = [architectures].flat() as unknown[];
  const [, base] = (typeof name === 'string' && /^(\w+?)(?:Encoder)?(?:Model|For\w+)$/.exec(name)) || [];
  return base === undefined ? undefined : `${base}${suffix}`;
}

async function writeTokenizer({ folder, from, encoder: { maxLength } }: HubFilesParams): Promise<void> {
  const file = path.join(folder, 'tokenizer_config.json');
  // The folder of an ONNX file may lack either, or have settings in one that readers of the other do not see.
  const written = await exportedTokenizer(from);
  await writeFile(path.join(folder, 'tokenizer.json'), written.json);
  await writeFile(file, written.config);
  if (maxLength === Infinity) return;
  const { max_len: _old, ...values } = (await readJsonObject(file)) ?? {};
  await writeJson(file, { ...values, model_max_length: maxLength });
}

/** sentence-transformers' names of poolings of the last layer's tokens. */
const POOLING_MODES: Readonly<Record<string, string>> = {
  cls: 'pooling_mode_cls_token',
  mean: 'pooling_mode_mean_tokens',
  max: 'pooling_mode_max_tokens',
  last: 'pooling_mode_lasttoken',
  'weighted-mean': 'pooling_mode_weightedmean_tokens',
};

/** Returns whether modules.json then has the pooling. */
async function writeModules({ folder, encoder, spec, width, record: { pooling } }: HubFilesParams): Promise<boolean> {
  const file = path.join(folder, 'modules.json');
  const before = sentenceModules(await readJson(file).catch(() => undefined));
  const { published, depth, includePrompt = true } = encoder;
  if (pooling === 'as-published' && 'steps' in published) return before !== undefined;
  if (depth === 0 || isOfWords(spec)) return false;
  const mode = own(POOLING_MODES, spec.token);
  if (mode === undefined || spec.combine !== 'one' || spec.layers[0] !== depth) return false;
  // Modules of other vectors are removed with their folders.
  for (const { at } of before ?? []) if (/^\d+_\w+$/.test(at)) await rm(path.join(folder, at), { recursive: true, force: true });
  await withoutTruncation(folder);
  const pooled = path.join(folder, '1_Pooling');
  await makeFolder(pooled);
  const modes = Object.fromEntries(Object.values(POOLING_MODES).map((each) => [each, each === mode]));
  await writeJson(path.join(pooled, 'config.json'), { word_embedding_dimension: width, ...modes, include_prompt: includePrompt });
  await writeJson(file, [
    { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
    { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
  ]);
  return true;
}

/** The published vectors may be truncated: trained ones have all dimensions. */
async function withoutTruncation(folder: string): Promise<void> {
  const { file, kept } = await readSentenceTransformersConfig(folder);
  if (kept === null) return;
  const { truncate_dim: _kept, ...values } = (await readJsonObject(file)) ?? {};
  await writeJson(file, values);
}

/** Where sentence-transformers reads the maximum length. */
async function writeSentenceConfig({ folder, encoder: { maxLength } }: HubFilesParams): Promise<void> {
  if (maxLength === Infinity) return;
  const { file, values } = await readSentenceConfig(folder);
  if (Object.keys(values).length === 0 && !existsSync(path.join(folder, 'modules.json'))) return;
  const given = TOKENIZER_ARGUMENTS.filter((key) => typeof values[key] === 'object' && values[key] !== null);
  const tokenizers = given.map((key) => [key, { ...(values[key] as object), model_max_length: maxLength }]);
  await writeJson(path.join(folder, file), { ...values, max_seq_length: maxLength, ...Object.fromEntries(tokenizers) });
}

/** Numbers already in the file keep their notation. */
async function writeJson(file: string, value: unknown): Promise<void> {
  const before = await readFile(file, 'utf8').catch(() => '{}');
  await writeFile(file, jsonLike(value, before));
}
