import type { Options } from 'yargs';
import { HarnessError } from '../src/errors.ts';
import { SPLIT_SHARES } from '../src/datasets/missing-splits.ts';
import type { TrainingChoice } from '../src/experiment/training-choice.ts';
import { OBJECTIVE_NAMES, type ObjectiveName } from '../src/training/objective.ts';
import { DEFAULT_OBJECTIVE_OPTIONS, objectiveOptions } from '../src/training/options.ts';
import { SCHEDULES } from '../src/training/schedule.ts';
import { checkDevice, DEVICES } from '../src/training/device.ts';
import { METRICS, VOTES } from '../src/knn/types.ts';
import { isSet, keys, text, whole, wholes, word, words } from './options.ts';
import type { Arguments } from './verb.ts';

/** Flags of training, for `finetune` and for `run --finetune`. */
export const TRAINING_OPTIONS = {
  objective: {
    type: 'string',
    requiresArg: true,
    defaultDescription: '"cea-all-negatives"',
    describe: `Training objectives (losses), with commas: ${OBJECTIVE_NAMES.join(', ')}.`,
  },
  epochs: { type: 'number', requiresArg: true, defaultDescription: '10', describe: 'Passes over the train set; the best by dev is taken.' },
  lr: { type: 'number', requiresArg: true, default: 5e-5, describe: 'Highest learning rate.' },
  'batch-size': { type: 'number', requiresArg: true, default: 32, describe: 'Texts of a step.' },
  balanced: {
    type: 'boolean',
    describe: 'Batches with several texts of each of their classes, for objectives that compare texts of a batch.',
  },
  accumulate: { type: 'number', requiresArg: true, default: 1, describe: 'Batches whose gradients are averaged before a step.' },
  schedule: { type: 'string', requiresArg: true, default: 'linear', describe: `Learning rate over the run: ${SCHEDULES.join(', ')}.` },
  warmup: { type: 'number', requiresArg: true, default: 0.1, describe: 'Share of the steps in which the learning rate rises.' },
  clip: { type: 'number', requiresArg: true, default: 5, describe: 'Largest global norm of the gradient.' },
  'weight-decay': { type: 'number', requiresArg: true, default: 0.01, describe: 'Decay of the weights (AdamW).' },
  decay: {
    type: 'string',
    requiresArg: true,
    default: 'all',
    describe: 'What is decayed: all weights, as torch does by default, or matrices (neither biases nor norms).',
  },
  dropout: { type: 'number', requiresArg: true, defaultDescription: "the checkpoint's", describe: 'Share of entries that training drops.' },
  freeze: { type: 'string', requiresArg: true, describe: 'What stays as it is: embeddings, layers by number, ranges: embeddings,0-3.' },
  'dense-embeddings': { type: 'boolean', describe: 'Step embedding tables whole, as torch does, not only the rows that a batch looks up.' },
  'best-epoch-by': {
    type: 'string',
    requiresArg: true,
    default: 'micro',
    describe: 'F1 on dev that decides which epoch is the best: micro, macro.',
  },
  'chunk-tokens': {
    type: 'number',
    requiresArg: true,
    default: 16384,
    describe: 'Most tokens that run at once; a larger batch is run in parts (gradient caching).',
  },
  device: { type: 'string', requiresArg: true, default: 'cpu', describe: DEVICES.join(', ') },
  'dev-share': {
    type: 'number',
    requiresArg: true,
    default: SPLIT_SHARES.dev,
    describe: 'Part of train that becomes dev where a corpus has none.',
  },
  'test-share': {
    type: 'number',
    requiresArg: true,
    default: SPLIT_SHARES.test,
    describe: 'Part of train that becomes test where a corpus has none.',
  },
  temperature: {
    type: 'number',
    requiresArg: true,
    default: DEFAULT_OBJECTIVE_OPTIONS.temperature,
    describe: 'supcon: what cosines are divided by.',
  },
  scale: {
    type: 'number',
    requiresArg: true,
    default: DEFAULT_OBJECTIVE_OPTIONS.scale,
    describe: 'prototypes: what cosines are multiplied by.',
  },
  margin: {
    type: 'number',
    requiresArg: true,
    default: DEFAULT_OBJECTIVE_OPTIONS.margin,
    describe: 'triplet: by how much another class shall be farther.',
  },
  weight: {
    type: 'number',
    requiresArg: true,
    default: DEFAULT_OBJECTIVE_OPTIONS.weight,
    describe: 'cea-multitask: weight of the first label field.',
  },
  'second-weight': {
    type: 'number',
    requiresArg: true,
    default: DEFAULT_OBJECTIVE_OPTIONS.secondWeight,
    describe: 'cea-multitask: weight of the second label field, flipped.',
  },
  'second-label-field': {
    type: 'string',
    requiresArg: true,
    defaultDescription: "the data set's other one",
    describe: 'cea-multitask: the second label field.',
  },
  'multi-label': { type: 'boolean', describe: 'classic: a text may have several classes (with --labels all).' },
  'vectors-at': {
    type: 'string',
    requiresArg: true,
    describe: 'Epochs whose vectors of all texts are kept beside the results, for pictures: 0,1,5,10.',
  },
} as const satisfies Record<string, Options>;

const DECAYS = ['all', 'matrices'] as const;
const AVERAGES = ['micro', 'macro'] as const;
const DEFAULT_EPOCHS = 10;
const DEFAULT_OBJECTIVE: ObjectiveName = 'cea-all-negatives';

/** Throws OPTION for a value that a flag does not take. */
export function trainingChoice(argv: Arguments): TrainingChoice {
  const number = (flag: string, { above, below, least }: { above?: number; below?: number; least?: number }) => {
    const value = Number(text(argv, flag));
    const fits =
      Number.isFinite(value)
      && (above === undefined || value > above)
      && (least === undefined || value >= least)
      && (below === undefined || value < below);
    if (fits) return value;
    const range = [
      above === undefined ? undefined : `above ${above}`,
      least === undefined ? undefined : `of at least ${least}`,
      below === undefined ? undefined : `below ${below}`,
    ]
      .filter(Boolean)
      .join(' and ');
    throw new HarnessError('OPTION', {
      where: `--${flag}`,
      what: `It takes a number ${range}, got ${Number.isNaN(value) ? 'something else' : value}.`,
    });
  };
  const given = (flag: string) => (argv[flag] === undefined ? undefined : Number(argv[flag]));
  const threads = whole(argv, 'threads')!;
  const device = word(argv, 'device', DEVICES)!;
  checkDevice(device);
  const objectives = words(argv, 'objective', OBJECTIVE_NAMES);
  const epochs = whole(argv, 'epochs') ?? DEFAULT_EPOCHS;
  const vectorsAt = wholes(argv, 'vectors-at', 0);
  const beyond = vectorsAt.find((epoch) => epoch > epochs);
  if (beyond !== undefined)
    throw new HarnessError('OPTION', {
      where: '--vectors-at',
      what: `There is no epoch ${beyond} in a training of ${epochs}.`,
      mend: `Give epochs from 0 (before training) to ${epochs}, or more --epochs.`,
    });
  return {
    objectives: objectives.length === 0 ? [DEFAULT_OBJECTIVE] : objectives,
    objectiveOptions: objectiveOptions({
      temperature: given('temperature'),
      scale: given('scale'),
      margin: given('margin'),
      weight: given('weight'),
      secondWeight: given('second-weight'),
      multiLabel: isSet(argv, 'multi-label'),
    }),
    seeds: argv['seed'] === undefined ? [1] : wholes(argv, 'seed', 0),
    settings: {
      epochs,
      lr: number('lr', { above: 0 }),
      batchSize: whole(argv, 'batch-size')!,
      schedule: word(argv, 'schedule', SCHEDULES)!,
      warmup: number('warmup', { least: 0, below: 1 }),
      clip: number('clip', { above: 0 }),
      balanced: isSet(argv, 'balanced'),
      bestEpochBy: word(argv, 'best-epoch-by', AVERAGES)!,
    },
    neighbours: {
      k: oneOf(wholes(argv, 'k'), '--k'),
      metric: oneOf(words(argv, 'metric', METRICS), '--metric'),
      votes: oneOf(words(argv, 'votes', VOTES), '--votes'),
      threads,
    },
    shares: { test: number('test-share', { above: 0, below: 1 }), dev: number('dev-share', { above: 0, below: 1 }) },
    trainer: {
      freeze: frozen(argv),
      weightDecay: number('weight-decay', { least: 0, below: 1 }),
      decayMatricesOnly: word(argv, 'decay', DECAYS) === 'matrices',
      denseEmbeddings: isSet(argv, 'dense-embeddings'),
      dropout: argv['dropout'] === undefined ? undefined : number('dropout', { least: 0, below: 1 }),
      accumulate: whole(argv, 'accumulate')!,
      chunkTokens: whole(argv, 'chunk-tokens')!,
      threads,
      device,
    },
    vectorsAt,
    secondLabelField: text(argv, 'second-label-field'),
  };
}

/** The only one, or the first: a trained encoder is scored in one way. */
function oneOf<T>(values: readonly T[], where: string): T {
  if (values.length !== 1)
    throw new HarnessError('OPTION', { where, what: `Training scores in one way, ${values.length} were given.`, mend: 'Give one.' });
  return values[0]!;
}

function frozen(argv: Arguments): (string | number)[] {
  return keys(argv, 'freeze').flatMap((part): (string | number)[] => {
    if (part === 'embeddings') return [part];
    const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    const [first, last] = [Number(from), Number(to ?? from)];
    if (from === undefined || last < first)
      throw new HarnessError('OPTION', {
        where: '--freeze',
        what: `"${part}" is neither "embeddings" nor a layer nor a range of layers.`,
        mend: 'Write embeddings,0-3: layers are counted from 0.',
      });
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
