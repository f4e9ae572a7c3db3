import { z } from 'zod';
import { option } from '../errors.ts';
import { ENCODINGS } from './encodings.ts';

/**
 * The schema of models.json, datasets.json and suites.json. The JSON Schemas for editors are generated from these (`npm run schemas`), and
 * so are the types, so that none of the three can differ.
 */

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits');
const key = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be letters, digits, ".", "_" or "-"');

/** A path that stays inside its base folder, whatever a registry says. */
const relative = z
  .string()
  .regex(/^(?!\/)(?!.*(^|\/)\.\.?(\/|$))(?!.*\/\/)[^\\:\r\n\u2028\u2029]+$/, 'must be a path inside the source, with "/" and without ".."');

/** hf:org/name@revision | npm:package@version | https://… | file:path */
const source = z
  .string()
  .regex(
    /^(hf:[\w.-]+\/[\w.-]+(@[\w./-]+)?|npm:(@[\w.-]+\/)?[\w.-]+@\d[\w.+-]*|https:\/\/\S+|file:.+)$/,
    'must be hf:org/name@revision, npm:package@version, https://… or file:path',
  )
  .describe('hf:org/name@revision, npm:package@version, https://… or file:path');

const pinned = z.strictObject({
  sha256: sha256.optional().describe('Hash of the file. Omitted if not yet known: see `bench models --pin`.'),
  bytes: z.int().positive().optional(),
});

const integrity = z
  .string()
  .regex(/^sha512-[A-Za-z0-9+/]+=*$/, 'must be sha512-<base64>')
  .optional()
  .describe('npm sources: integrity of the tarball.');
const folder = relative.optional().describe('Folder inside the source to which `files` are relative.');

/** One of several sources of the same files. */
const variantSource = z.strictObject({ from: source, integrity, folder });

/** One way to get an encoder in one dtype. Paths are relative to the encoder's folder: `onnx/model.onnx`, `tokenizer.json`. */
const modelVariant = z.strictObject({
  dtype: z.enum(['fp32', 'fp16', 'q8', 'q4']).describe('Weight precision.'),
  from: z
    .union([source, z.array(z.union([source, variantSource])).min(1)])
    .describe(
      'Where the files are. Of several sources of the same files, each named with its own integrity and folder, the first that gives ' +
        'those with the right hashes is taken: `files` then names every file, with its sha256.',
    ),
  integrity,
  folder,
  onnx: relative
    .optional()
    .describe('Path of the ONNX file. If omitted, the source is a published checkpoint (config.json, weights, tokenizer).'),
  files: z
    .record(relative, pinned)
    .default({})
    .describe(
      'Files of the encoder by path, with their hashes where known. Small files next to the ONNX file in a hub repository are used too.',
    ),
});

/** Text prepended to each text. */
const prompt = z.strictObject({
  text: z.string().min(1).describe('As put before the text, including any trailing space.'),
  source: z.string().min(1).optional().describe('Where it is published.'),
});

export const modelEntry = z.strictObject({
  title: z.string().optional().describe('Name shown in tables. Default: the key.'),
  aliases: z.array(z.string()).default([]),
  hub: z.string().optional().describe('Hub id, org/name.'),
  family: z.string().min(1).optional().describe('`model_type` in its config.json: see `bench models --families`.'),
  parameters: z.int().positive().optional().describe('Published number of parameters of the whole encoder, embeddings included.'),
  licence: z.string().min(1).optional().describe('Of the weights, as the hub names it: `apache-2.0`, `mit`.'),
  layers: z.int().positive().optional(),
  prompts: z
    .record(key, prompt)
    .optional()
    .describe('Published prompts by name. Used only if selected; `classification` is the one for classification.'),
  maxLength: z
    .int()
    .positive()
    .optional()
    .describe("Maximum sequence length in tokens, special tokens included. Default: that of the encoder's files."),
  variants: z
    .array(modelVariant)
    .default([])
    .describe(`The first available is used, unless ${option('dtype')} selects one.`),
  concat: z.literal(true).optional().describe('Not an encoder: the concatenated vectors of all encoders of the run.'),
});

const datasetFile = z.strictObject({
  split: z.enum(['train', 'dev', 'test', 'all']),
  name: z.string().describe('Name of the file for the reader.'),
  sha256: sha256.optional(),
  bytes: z.int().positive().optional(),
  from: z.array(source).describe('Sources of the file; the first with the right hash is used. Empty: only a mirror has it.'),
  path: relative.optional().describe('npm and hf sources: path inside the package or repository.'),
  integrity,
});

export const datasetEntry = z.strictObject({
  title: z.string().optional(),
  aliases: z.array(z.string()).default([]),
  publishedAs: z.string().optional().describe('Name in the published tables.'),
  reader: z.string().describe('A file of src/datasets/readers.'),
  options: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .default({})
    .describe('Options of the reader.'),
  encoding: z.enum(ENCODINGS).default('utf8'),
  labelFields: z
    .array(z.string())
    .min(1)
    .default(['class'])
    .describe(`The first is the default of ${option('labelField')}.`),
  task: z
    .enum(['classification', 'regression', 'token-classification'])
    .default('classification')
    .describe('Kind of labels: classes, numbers (regression), or one tag per word.'),
  multiLabel: z.boolean().default(false),
  files: z.array(datasetFile).min(1),
  dev: z
    .strictObject({ take: z.enum(['first', 'last']), share: z.number().gt(0).lt(1), seed: z.int().nonnegative() })
    .optional()
    .describe('The corpus has no dev split: hold one out of train, as `bench split` does, by the first of labelFields.'),
  rows: z.record(z.string(), z.int().nonnegative()).optional().describe('Rows by split, checked on reading.'),
  classes: z.int().positive().optional(),
  licence: z.string().optional(),
  note: z.string().optional(),
  userFiles: z.string().optional().describe('The data were never published: which files users have to provide, and where.'),
});

export const suiteEntry = z.strictObject({
  title: z.string(),
  encoders: z.array(z.string()).min(1),
  datasets: z.array(z.string()).min(1),
  poolings: z.array(z.string()).min(1).optional(),
  protocols: z
    .array(z.enum(['complete', 'leave-one-out', 'fit-train']))
    .min(1)
    .optional(),
  dtype: z.enum(['fp32', 'fp16', 'q8', 'q4']).optional(),
  limit: z.int().positive().optional().describe('Maximum number of texts per dataset (class-stratified sample).'),
  maxLength: z.int().positive().optional(),
});

const schemaRef = { $schema: z.string().optional() };
export const modelsFile = z.strictObject({ ...schemaRef, models: z.record(key, modelEntry) });
export const datasetsFile = z.strictObject({ ...schemaRef, datasets: z.record(key, datasetEntry) });
export const suitesFile = z.strictObject({ ...schemaRef, suites: z.record(key, suiteEntry) });

export type Dtype = z.infer<typeof modelVariant>['dtype'];
export type VariantSource = z.infer<typeof variantSource>;
export type ModelVariant = z.infer<typeof modelVariant>;
export type ModelEntry = z.infer<typeof modelEntry> & { readonly key: string };
export type DatasetFile = z.infer<typeof datasetFile>;
export type DatasetEntry = z.infer<typeof datasetEntry> & { readonly key: string };
export type SuiteEntry = z.infer<typeof suiteEntry> & { readonly key: string };
