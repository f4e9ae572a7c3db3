import type { Options } from 'yargs';

/** Which flags of a command the help shows, in groups: the common ones, or all of them. */

const GROUPS = {
  Input: [
    'input',
    'input-format',
    'input-text-column',
    'dataset',
    'datasets',
    'suite',
    'text-column',
    'text-pair-column',
    'label-column',
    'split-column',
    'label-separator',
    'label-field',
    'labels',
    'task',
    'delimiter',
    'encoding',
    'skip-invalid',
    'deduplicate',
    'limit',
    'dev-share',
    'test-share',
    'sample',
    'source-field',
    'request',
  ],
  Encoders: [
    'encoders',
    'model',
    'prompt',
    'max-length',
    'dtype',
    'device',
    'first-layers',
    'global-attention',
    'random-blocks',
    'adapter-task',
    'pooling',
    'layers',
    'layer-mean',
    'dim',
    'concat-norm',
    'pair',
    'word-pooling',
  ],
  Scoring: [
    'protocol',
    'k',
    'metric',
    'votes',
    'index',
    'hnsw-m',
    'hnsw-ef-construction',
    'hnsw-ef',
    'hnsw-recall',
    'words-per-class',
    'estimator',
    'by',
    'curves',
    'score',
    'split',
    'against',
    'fail-on',
    'method',
    'top',
    'explain',
    'neighbours',
    'published',
  ],
  Budget: ['budget', 'budget-texts'],
  Training: [
    'finetune',
    'objective',
    'epochs',
    'lr',
    'batch-size',
    'balanced',
    'accumulate',
    'schedule',
    'warmup',
    'clip',
    'weight-decay',
    'decay',
    'dropout',
    'freeze',
    'dense-embeddings',
    'best-epoch-by',
    'chunk-tokens',
    'mixed-precision',
    'temperature',
    'scale',
    'margin',
    'weight',
    'second-weight',
    'second-label-field',
    'multi-label',
    'vectors-at',
    'trained',
  ],
  Output: [
    'out',
    'save',
    'format',
    'wide',
    'write',
    'picture',
    'title',
    'texts',
    'overwrite',
    'only-missing',
    'prune-stale',
    'dry-run',
    'prefix',
    'quiet',
  ],
} as const;

/** The rest: caches, registries, resources, queues. */
const OTHERS = 'Advanced';

/** What most users need. */
const USUAL: ReadonlySet<string> = new Set([
  'input',
  'dataset',
  'datasets',
  'suite',
  'text-column',
  'text-pair-column',
  'label-column',
  'split-column',
  'task',
  'limit',
  'encoders',
  'model',
  'prompt',
  'pooling',
  'protocol',
  'k',
  'estimator',
  'by',
  'against',
  'fail-on',
  'method',
  'top',
  'explain',
  'score',
  'finetune',
  'objective',
  'epochs',
  'lr',
  'batch-size',
  'budget',
  'device',
  'trained',
  'out',
  'save',
  'format',
  'wide',
  'title',
  'texts',
  'overwrite',
  'dry-run',
  'quiet',
]);

/** A command with at most this many flags shows all of them. */
const FEW = 16;

export interface HelpGroup {
  readonly title: string;
  readonly flags: readonly string[];
}

/** The flags of a command in groups, each flag in one. */
export function helpGroups(options: Readonly<Record<string, Options>>): HelpGroup[] {
  const named = Object.entries(GROUPS).map(([title, flags]): HelpGroup => ({
    title,
    flags: flags.filter((flag) => Object.hasOwn(options, flag)),
  }));
  const grouped = new Set(named.flatMap(({ flags }) => flags));
  const rest = Object.keys(options).filter((flag) => !grouped.has(flag));
  return [...named, { title: OTHERS, flags: rest }].filter(({ flags }) => flags.length > 0);
}

/** Whether the help shows a flag without --help-all. */
export function isUsual(flag: string, options: Readonly<Record<string, Options>>): boolean {
  return USUAL.has(flag) || Object.keys(options).length < FEW;
}
