import type { Options } from 'yargs';
import { INPUT_FORMATS } from '../../src/datasets/input/input-format.ts';
import { SENTENCE_INPUT_FORMATS } from '../../src/datasets/input/sentence-format.ts';
import { HarnessError } from '../../src/errors.ts';
import { METRICS, VOTES } from '../../src/knn/types.ts';
import { POOLINGS } from '../../src/embed/vectors.ts';
import { WORD_POOLINGS } from '../../src/embed/word-specs.ts';
import { WORDS_PER_CLASS } from '../../src/experiment/sampled-words.ts';
import type { Arguments } from '../command-module.ts';
import { DATASET_FLAGS, ONE_ENCODER_FLAGS } from './inputs.ts';
import { text, whole } from './options.ts';

const { encoders: _encoders, model: _model, ...opening } = ONE_ENCODER_FLAGS;
const {
  'text-column': textColumn,
  'text-pair-column': pairColumn,
  'label-column': labelColumn,
  'label-separator': separator,
  delimiter,
  encoding,
  'skip-invalid': skip,
  ...datasets
} = DATASET_FLAGS;

/** Settings of a frozen encoder, which the folder of a classifier defines itself. */
export const FROZEN_FLAGS = {
  ...datasets,
  pooling: {
    type: 'string',
    requiresArg: true,
    describe: `Frozen encoder: one of ${POOLINGS.join(', ')}. Default: as-published if the encoder has a modules.json, else mean.`,
  },
  'word-pooling': {
    type: 'string',
    requiresArg: true,
    describe: `Frozen encoder, tags of words: which sub-tokens are a word's vector: ${WORD_POOLINGS.join(', ')}.`,
    defaultDescription: '"first"',
  },
  'words-per-class': {
    type: 'string',
    requiresArg: true,
    describe: 'Frozen encoder, tags of words: most words per tag that vote, sampled with --seed.',
    defaultDescription: String(WORDS_PER_CLASS),
  },
  dim: {
    type: 'string',
    requiresArg: true,
    describe: 'Frozen encoder: keep this many leading dimensions of each vector.',
    defaultDescription: 'all',
  },
  k: { type: 'string', requiresArg: true, describe: 'Frozen encoder: neighbours that vote.', defaultDescription: '5' },
  metric: { type: 'string', requiresArg: true, describe: `Frozen encoder: ${METRICS.join(' or ')}.`, defaultDescription: '"euclidean"' },
  votes: { type: 'string', requiresArg: true, describe: `Frozen encoder: ${VOTES.join(' or ')}.`, defaultDescription: '"uniform"' },
  seed: {
    type: 'string',
    requiresArg: true,
    describe: 'Frozen encoder: random seed of --limit and --words-per-class.',
    defaultDescription: '1',
  },
  ...opening,
} as const satisfies Record<string, Options>;

export const PREDICT_FLAGS = {
  model: {
    type: 'string',
    requiresArg: true,
    demandOption: true,
    describe:
      'Folder of a classifier, as `bench finetune --save` writes it; or, with --dataset, a frozen encoder: KEY, hf:org/name or a folder.',
  },
  input: {
    type: 'string',
    requiresArg: true,
    demandOption: true,
    describe:
      'FILE.csv, .tsv, .jsonl, .json or .txt (one text per line), each also as .gz; for a model of words .conll, .conllu, .jsonl, .json or .parquet; ' +
      '- is standard input.',
  },
  'input-format': {
    type: 'string',
    requiresArg: true,
    describe: `Format of the input, if its name does not say it: ${INPUT_FORMATS.join(', ')}; for a model of words ${SENTENCE_INPUT_FORMATS.join(', ')}.`,
  },
  'text-column': {
    ...textColumn,
    describe: 'Text column of the input, and of the file of --dataset; that of the words, of CoNLL its number from 1.',
    defaultDescription: '"text"',
  },
  'text-pair-column': { ...pairColumn, describe: 'Column of the second text of each row, for a model of pairs.' },
  'label-column': {
    ...labelColumn,
    describe: 'Label column: predictions are scored against it; of CoNLL its number from 1. With --dataset, the one of its file.',
  },
  'input-text-column': {
    type: 'string',
    requiresArg: true,
    describe: 'With --dataset: text column of the input, if its name differs there.',
  },
  'label-separator': separator,
  delimiter: { ...delimiter, describe: 'Delimiter of the .csv or .tsv (as a flag also tab, comma, pipe, …); detected if omitted.' },
  encoding,
  'skip-invalid': skip,
  out: {
    type: 'string',
    requiresArg: true,
    describe: 'FILE.csv, .tsv or .jsonl; for tags .conll, .conllu or .jsonl. If interrupted, run the same command to resume.',
    defaultDescription: 'standard output, in the format of the input',
  },
  overwrite: { type: 'boolean', describe: 'Replace the file of --out.' },
  top: { type: 'string', requiresArg: true, describe: 'Write this many most probable classes: label_2, confidence_2, ….' },
  explain: { type: 'string', describe: 'Write the nearest training texts of each text: 3, or the number given.' },
  prefix: { type: 'string', requiresArg: true, describe: 'Prefix of the new columns; in CoNLL-U of Tag= in MISC.' },
} as const satisfies Record<string, Options>;

/** Number of neighbours shown by `--explain` without a number. */
const EXPLAINED = 3;

/** Training texts written per row; 0 if not requested. */
export function explainOf(argv: Arguments): number {
  const value = text(argv, 'explain');
  return value === undefined ? 0 : value === '' ? EXPLAINED : whole(argv, 'explain')!;
}

/** Throws OPTION for a flag that the folder of a classifier defines. */
export function checkDecided(argv: Arguments, folder: string): void {
  const given = [...Object.keys(FROZEN_FLAGS), 'input-text-column'].find((flag) => argv[flag] !== undefined && argv[flag] !== false);
  if (given === undefined) return;
  throw new HarnessError('OPTION', {
    where: `--${given}`,
    what: `It is for a frozen encoder, and ${folder} is a classifier, which has its own.`,
    hint: 'Omit it.',
  });
}
