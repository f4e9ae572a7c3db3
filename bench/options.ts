import { availableParallelism } from 'node:os';
import type { Options } from 'yargs';
import { TOKEN_BUDGET } from '../src/embed/batches.ts';
import { SPLITS, type Split } from '../src/datasets/dataset.ts';
import type { Limit } from '../src/datasets/limit.ts';
import { HarnessError } from '../src/errors.ts';
import { defaultCacheDir } from '../src/home.ts';
import { didYouMean } from '../src/registry/names.ts';
import type { Arguments } from './verb.ts';
import { own } from '../src/own.ts';

/** Flags that mean one thing in every verb. */
export const SOURCE_OPTIONS = {
  mirror: { type: 'string', array: true, requiresArg: true, describe: 'Folder searched by hash before any download.' },
  offline: { type: 'boolean', describe: 'Never touch the network.' },
  cache: { type: 'string', requiresArg: true, describe: 'Folder for downloads and vectors.', default: defaultCacheDir(), defaultDescription: "the system's cache folder" },
  'models-file': { type: 'string', requiresArg: true, describe: "Your own registry of encoders, in place of models.json." },
  'datasets-file': { type: 'string', requiresArg: true, describe: "Your own registry of data sets, in place of datasets.json." },
} as const satisfies Record<string, Options>;

export const ENCODER_OPTIONS = {
  model: {
    type: 'string',
    array: true,
    requiresArg: true,
    describe:
      'An encoder of your own: hf:org/name[@revision], or a folder; NAME=FOLDER names it. Either has an ONNX file (model.onnx, '
        + 'onnx/model.onnx) or a checkpoint (config.json and weights, or an adapter), and a tokenizer.',
  },
  'first-layers': { type: 'number', requiresArg: true, describe: 'Cut every --model after this layer (registry keys: KEY@N).' },
  dtype: {
    type: 'string',
    requiresArg: true,
    describe: 'Number type of the weights: fp32, fp16, q8, q4. The first that is there where left out.',
  },
  'global-attention': {
    type: 'string',
    requiresArg: true,
    default: 'none',
    describe: 'Longformer checkpoints: which tokens see and are seen by all: none (what the reference does unless told), or first.',
  },
  'random-blocks': {
    type: 'string',
    requiresArg: true,
    default: 'zero',
    describe:
      'BigBird checkpoints: the random blocks that tokens see: zero (what the reference does outside training), or published (as in '
        + 'training).',
  },
  'max-length': {
    type: 'number',
    requiresArg: true,
    describe: "Cut texts after so many tokens. What the encoder's own files say where left out.",
  },
  threads: {
    type: 'number',
    requiresArg: true,
    describe: 'Threads of the encoder and of the search.',
    default: availableParallelism(),
    defaultDescription: 'one a core',
  },
  'token-budget': {
    type: 'number',
    requiresArg: true,
    describe: 'Tokens of a batch. Changes speed, never a score.',
    default: TOKEN_BUDGET,
  },
} as const satisfies Record<string, Options>;

export const DATASET_OPTIONS = {
  dataset: {
    type: 'string',
    array: true,
    requiresArg: true,
    describe:
      'A data set of your own: FILE.csv, .tsv, .jsonl, .json or .parquet (text formats as .gz too), or a folder of train, dev and test '
        + 'files; hf:org/name[:CONFIG][@revision], a dataset of the hub; or a registry key.',
  },
  'text-column': { type: 'string', requiresArg: true, describe: 'Column of the texts in your own file.' },
  'label-column': { type: 'string', requiresArg: true, describe: 'Column of the labels in your own file.' },
  'split-column': { type: 'string', requiresArg: true, describe: 'Column that says train, dev or test in your own file.' },
  'label-separator': { type: 'string', requiresArg: true, describe: 'What stands between several labels of a text in your own file.' },
  delimiter: {
    type: 'string',
    requiresArg: true,
    describe:
      'What stands between the fields of your own .csv or .tsv: a character, or tab, comma, semicolon, pipe, space. Found out if omitted.',
  },
  encoding: {
    type: 'string',
    requiresArg: true,
    describe:
      'Encoding of your own text file: utf8, utf-16, latin1, windows-1252, gb18030, shift_jis, … UTF-8 or what its first bytes say if '
        + 'omitted.',
  },
  'skip-invalid': { type: 'boolean', describe: 'Go on without the rows of your own file that cannot be used, and report how many.' },
  'label-field': {
    type: 'string',
    requiresArg: true,
    describe: 'Which label, where a data set has several (political bias: bias, publisher).',
  },
  labels: {
    type: 'string',
    requiresArg: true,
    describe: 'Of texts with several labels: first (the first alone counts) or all.',
    default: 'first',
  },
  limit: {
    type: 'string',
    requiresArg: true,
    describe: 'Take a class-stratified sample of so many texts of each data set; or of the splits that are named: train=1000,dev=0.',
  },
  deduplicate: {
    type: 'boolean',
    describe:
      'Leave out texts that equal an earlier one (after trimming) with the same labels, before anything is drawn or split. Where '
        + 'splits are given, the copy in train goes.',
  },
  seed: { type: 'number', requiresArg: true, describe: 'Decides everything random.', default: 1 },
} as const satisfies Record<string, Options>;

/** Words of a flag with commas. Throws OPTION for a word that is none of the choices, with the one likely meant. */
export function words<T extends string>(argv: Arguments, flag: string, choices: readonly T[]): T[] {
  const found = keys(argv, flag);
  for (const one of found) {
    if ((choices as readonly string[]).includes(one)) continue;
    throw new HarnessError('OPTION', { where: `--${flag}`, what: `"${one}" is none of its values.${didYouMean(one, choices)}`, mend: `It takes ${choices.join(', ')}.` });
  }
  return found as T[];
}

/** One word of a flag. */
export function word<T extends string>(argv: Arguments, flag: string, choices: readonly T[]): T | undefined {
  const found = words(argv, flag, choices);
  if (found.length > 1) throw new HarnessError('OPTION', { where: `--${flag}`, what: `It takes one value, got ${found.length}.`, mend: `Choose one of ${choices.join(', ')}.` });
  return found[0];
}

/** Text of a flag that is given once. */
export function text(argv: Arguments, flag: string): string | undefined {
  const value = argv[flag];
  if (value === undefined) return undefined;
  if (Array.isArray(value)) throw new HarnessError('OPTION', { where: `--${flag}`, what: `It is given ${value.length} times.`, mend: 'Give it once.' });
  return String(value);
}

/** Texts of a flag that may be repeated. */
export function texts(argv: Arguments, flag: string): string[] {
  const value = argv[flag];
  return value === undefined ? [] : [value].flat().map(String);
}

/** Words with commas, as they were typed, each once; none where the flag is left out. Throws OPTION where it is given without any. */
export function keys(argv: Arguments, flag: string): string[] {
  const value = text(argv, flag);
  if (value === undefined) return [];
  const found = [...new Set(value.split(',').map((key) => key.trim()).filter((key) => key !== ''))];
  if (found.length === 0) throw new HarnessError('OPTION', { where: `--${flag}`, what: 'It is given without a value.', mend: 'Name at least one, or leave the flag out.' });
  return found;
}

/** Whole number of a flag. Throws OPTION where it is none, or too small. */
export function whole(argv: Arguments, flag: string, min = 1): number | undefined {
  const value = text(argv, flag);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < min) {
    // Of what is no number, yargs leaves NaN.
    throw new HarnessError('OPTION', { where: `--${flag}`, what: `It takes a whole number of at least ${min}, got ${value === 'NaN' ? 'something else' : `"${value}"`}.` });
  }
  return number;
}

/** `--limit 2000`, or `--limit train=1000,dev=0`. Throws OPTION. */
export function limitOf(argv: Arguments): Limit | undefined {
  const value = text(argv, 'limit');
  if (value === undefined || !value.includes('=')) return whole(argv, 'limit');
  const parts = keys(argv, 'limit').map((part): [Split, number] => {
    const [, name, size] = /^(\w+)=(\d+)$/.exec(part) ?? [];
    if (!SPLITS.some((split) => split === name)) throw new HarnessError('OPTION', { where: '--limit', what: `"${part}" limits no split.`, mend: `Write ${SPLITS.map((split) => `${split}=100`).join(',')}, or any of them.` });
    return [name as Split, Number(size)];
  });
  const twice = parts.find(([split], i) => parts.slice(0, i).some(([other]) => other === split));
  if (twice !== undefined) {
    throw new HarnessError('OPTION', { where: '--limit', what: `It limits ${twice[0]} twice.`, mend: 'Leave one of them out.' });
  }
  return Object.fromEntries(parts);
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** Beyond that nobody waits; and timers count to 2^31 milliseconds. */
const MOST_MS = 240 * UNIT_MS['h']!;

/** Milliseconds of a time such as 90s, 2m, 1h. Throws OPTION. */
export function parseDuration(argv: Arguments, flag: string): number | undefined {
  const value = text(argv, flag);
  if (value === undefined) return undefined;
  const [, number, unit] = /^(\d+(?:\.\d+)?)([smh])$/.exec(value) ?? [];
  const ms = Number(number) * own(UNIT_MS, unit ?? '')!;
  if (ms > MOST_MS) throw new HarnessError('OPTION', { where: `--${flag}`, what: `"${value}" is more than ${MOST_MS / UNIT_MS['h']!} hours.`, mend: 'Leave it out: without it all texts are taken.' });
  if (!(ms >= 1000)) throw new HarnessError('OPTION', { where: `--${flag}`, what: `"${value}" is no time of a second or more.`, mend: 'Write seconds, minutes or hours: 90s, 2m, 1h.' });
  return ms;
}

/** Whole numbers with commas. */
export function wholes(argv: Arguments, flag: string, min = 1): number[] {
  return keys(argv, flag).map((value) => whole({ _: [], [flag]: value }, flag, min)!);
}

export function isSet(argv: Arguments, name: string): boolean {
  return argv[name] === true;
}
