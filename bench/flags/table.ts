import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Options } from 'yargs';
import { z } from 'zod';
import { HarnessError } from '../../src/errors.ts';
import { looksLikeFile } from '../../src/experiment/named-refs.ts';
import { own } from '../../src/own.ts';
import { takesOf } from '../../src/experiment/described-fields.ts';
import { fieldOf } from '../../src/experiment/read-request.ts';
import { isSet, keys, text, texts } from './options.ts';
import type { Arguments } from '../command-module.ts';
import { limitValue, secondsOf, delimiterValue, encodingValue, frozenValue } from './values.ts';

/**
 * Flags are generated from the fields of requests, and parsed into them, only here: --label-column is labelColumn. One table is parser and
 * help; valid values and defaults come from the field.
 */

type Shape = Readonly<Record<string, z.ZodType>>;

/** Fields whose flag syntax differs from JSON. */
const VALUES: Readonly<Record<string, (value: string) => unknown>> = {
  limit: limitValue,
  budget: secondsOf,
  delimiter: delimiterValue,
  encoding: encodingValue,
};

/** Flags for the user's own encoders and datasets, in addition to those for registry keys. */
const OWN = {
  model: {
    type: 'string',
    array: true,
    requiresArg: true,
    describe:
      'Encoder outside the registry: hf:org/name[@revision] or a folder (NAME=FOLDER names it), with an ONNX file (model.onnx, ' +
      'onnx/model.onnx) or a checkpoint (config.json and weights, or an adapter), and a tokenizer.',
  },
  dataset: {
    type: 'string',
    array: true,
    requiresArg: true,
    describe:
      'Dataset outside the registry: FILE.csv, .tsv, .jsonl, .json, .parquet, .conll or .conllu (text formats also as .gz), a folder of train, ' +
      'dev and test files, or hf:org/name[:CONFIG][@revision].',
  },
} as const satisfies Record<string, Options>;

/** Fields whose flag is repeated for several values. */
const REPEATED: Readonly<Record<string, string>> = { prompts: 'prompt' };

/** Name of a field on the command line. */
export function flagOf(field: string): string {
  return own(REPEATED, field) ?? field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

type Kebab<S extends string> = S extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `-${Lowercase<First>}`}${Kebab<Rest>}`
  : S;

/** The flags of some fields, by name. */
export type FlagsOf<S> = {
  readonly [Field in keyof S & string as Field extends 'prompts' ? 'prompt' : Kebab<Field>]: Options;
} & ('encoders' extends keyof S ? { readonly model: Options } : object) &
  ('datasets' extends keyof S ? { readonly dataset: Options } : object);

/** The option table of fields: what yargs parses by and shows. */
export function flagsOf<S extends Shape>(shape: S): FlagsOf<S> {
  const flags: Record<string, Options> = {};
  for (const [field, schema] of Object.entries(shape)) {
    if (field === 'command') continue;
    const inner = fieldOf(schema);
    if (inner instanceof z.ZodObject) {
      flags[flagOf(field)] = { type: 'boolean', describe: schema.description };
      Object.assign(flags, flagsOf(inner.shape as Shape));
      continue;
    }
    flags[flagOf(field)] = inner instanceof z.ZodBoolean ? { type: 'boolean', describe: schema.description } : valueFlag(field, schema);
    if (field === 'encoders') flags['model'] = OWN.model;
    if (field === 'datasets') flags['dataset'] = OWN.dataset;
  }
  return flags as FlagsOf<S>;
}

/** The values of given flags: validation is left to the schema. Throws OPTION if no value can be parsed. */
export function valuesOf(argv: Arguments, shape: Shape): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [field, schema] of Object.entries(shape)) {
    if (field === 'command') continue;
    const inner = fieldOf(schema);
    const value = inner instanceof z.ZodObject ? partOf(argv, field, inner.shape as Shape) : valueOf(argv, field, inner);
    if (value !== undefined) values[field] = value;
  }
  const models = texts(argv, 'model').map(ownEncoderName);
  if ('encoders' in shape && models.length > 0) values['encoders'] = [...((values['encoders'] as string[] | undefined) ?? []), ...models];
  const data = texts(argv, 'dataset').map(ownDatasetName);
  if ('datasets' in shape && data.length > 0) values['datasets'] = [...((values['datasets'] as string[] | undefined) ?? []), ...data];
  return values;
}

/** Given flags of `shape`, as they are written. */
export function givenFlags(argv: Arguments, shape: Shape): string[] {
  return Object.keys(flagsOf(shape)).filter((flag) => argv[flag] !== undefined);
}

/** Fields that apply only if their parent flag is set: `--finetune`, and the training flags. */
function partOf(argv: Arguments, field: string, shape: Shape): unknown {
  if (isSet(argv, flagOf(field))) return valuesOf(argv, shape);
  const [stray] = givenFlags(argv, shape).filter((flag) => argv[flag] !== false);
  if (stray === undefined) return undefined;
  throw new HarnessError('OPTION', {
    where: `--${stray}`,
    what: 'It is a training setting, and nothing is trained.',
    hint: `Add --${flagOf(field)}, or omit it.`,
  });
}

function valueOf(argv: Arguments, field: string, inner: z.ZodType): unknown {
  const flag = flagOf(field);
  if (inner instanceof z.ZodBoolean) return argv[flag];
  if (argv[flag] === undefined) return undefined;
  if (field === 'layers') return layersValue(argv, flag);
  if (Object.hasOwn(REPEATED, field)) return texts(argv, flag);
  if (field === 'freeze') return keys(argv, flag).flatMap(frozenValue);
  if (inner instanceof z.ZodArray) return keys(argv, flag).map((word) => oneValue(word, fieldOf(inner.element as z.ZodType)));
  const value = text(argv, flag)!;
  const read = own(VALUES, field);
  return read === undefined ? oneValue(value, inner) : read(value);
}

/** A word that is not a number stays a string, for the schema to reject. */
function oneValue(word: string, schema: z.ZodType): string | number {
  if (!(schema instanceof z.ZodNumber || schema instanceof z.ZodUnion)) return word;
  return word.trim() !== '' && Number.isFinite(Number(word)) ? Number(word) : word;
}

function layersValue(argv: Arguments, flag: string): unknown {
  const words = keys(argv, flag);
  return words.length === 1 && !/^\d+$/.test(words[0]!) ? words[0] : words.map((word) => (/^\d+$/.test(word) ? Number(word) : word));
}

function valueFlag(field: string, schema: z.ZodType): Options {
  const inner = fieldOf(schema);
  if (Object.hasOwn(REPEATED, field)) {
    return { type: 'string', array: true, requiresArg: true, describe: schema.description, defaultDescription: defaultWords(schema) };
  }
  const of = inner instanceof z.ZodArray ? fieldOf(inner.element as z.ZodType) : inner;
  const choices =
    of instanceof z.ZodEnum
      ? `${inner instanceof z.ZodArray ? 'With commas: ' : 'One of '}${takesOf(of) ?? of.options.join(', ')}.`
      : inner instanceof z.ZodArray && field !== 'layers' && field !== 'freeze'
        ? 'With commas.'
        : '';
  const describe = [schema.description, choices].filter((part) => part !== undefined && part !== '').join(' ');
  const otherwise = defaultWords(schema);
  return { type: 'string', requiresArg: true, describe, ...(otherwise !== undefined && { defaultDescription: otherwise }) };
}

/** The default as it would be written. */
function defaultWords(schema: z.ZodType): string | undefined {
  const said = (fieldOf(schema).meta() as { otherwise?: string } | undefined)?.otherwise;
  if (said !== undefined) return `"${said}"`;
  if (!(schema instanceof z.ZodDefault)) return undefined;
  const value = schema.parse(undefined) as unknown;
  return typeof value === 'number' ? String(value) : `"${[value].flat().join(',')}"`;
}

/** A value that names a folder is a path, even if the registry has such a key. */
function ownEncoderName(value: string): string {
  const at = value.indexOf('=');
  const before = value.slice(0, Math.max(0, at));
  // With a slash before its "=" it is a mistyped path.
  if (at >= 0 && !existsSync(value) && !/[/\\]/.test(before) && !value.startsWith('hf:')) {
    const after = value.slice(at + 1);
    return after === '' ? value : `${before}=${after.startsWith('hf:') ? after : asPath(after)}`;
  }
  return value.startsWith('hf:') ? value : asPath(value);
}

/** A registry key, unless such a file exists, or it can only be a file name. */
function ownDatasetName(value: string): string {
  return !value.startsWith('hf:') && (existsSync(value) || looksLikeFile(value)) ? asPath(value) : value;
}

function asPath(value: string): string {
  return path.isAbsolute(value) || /^\.{1,2}($|[/\\])/.test(value) ? value : `.${path.sep}${value}`;
}
