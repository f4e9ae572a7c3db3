import { HarnessError } from '../src/errors.ts';
import type { Dataset } from '../src/datasets/dataset.ts';
import type { Limit } from '../src/datasets/limit.ts';
import { ALL_POOLINGS, LAYER_MEANS, POOLINGS, type LayerChoice, type LayerMean, type Pooling } from '../src/embed/vectors.ts';
import { INDEXES, LABEL_MODES, METRICS, PROTOCOLS, VOTES, type HnswOptions, type IndexChoice, type LabelMode, type Metric, type Protocol, type Votes } from '../src/knn/types.ts';
import { CONCAT_NORMS, type ConcatNorm } from '../src/embed/concat.ts';
import { didYouMean } from '../src/registry/names.ts';
import type { SuiteEntry } from '../src/registry/schema.ts';
import { DTYPES } from '../src/sources/encoder-files.ts';
import { isSet, keys, limitOf, text, whole, wholes, word, words } from './options.ts';
import type { Arguments } from './verb.ts';

/** What is computed for each encoder and data set, from the flags and the suite. */
export interface Settings {
  readonly poolings: readonly Pooling[];
  readonly layers: LayerChoice;
  readonly layerMeans: readonly LayerMean[];
  /** Empty: no concatenation. */
  readonly concatNorms: readonly ConcatNorm[];
  readonly protocols: readonly Protocol[];
  readonly ks: readonly number[];
  readonly metrics: readonly Metric[];
  readonly votes: readonly Votes[];
  readonly index: IndexChoice;
  readonly hnsw: HnswOptions;
  readonly labels: LabelMode;
  readonly limit: Limit | undefined;
  /** What the data sets are read with; undefined, not false, where it is not asked for: then it is no part of a plan's digest. */
  readonly deduplicate?: true | undefined;
  readonly seed: number;
  readonly maxLength: number | undefined;
  readonly dtype: string | undefined;
  readonly threads: number;
  readonly tokenBudget: number;
}

/** Where neither the flag nor a suite says. */
export const DEFAULT_PROTOCOLS = ['complete', 'leave-one-out'] as const satisfies readonly Protocol[];

const POOLING_WORDS = [...POOLINGS, 'all', 'concat'] as const;

/** Throws OPTION for a value that a flag does not take. */
export function settingsOf(argv: Arguments, suite: Partial<SuiteEntry>): Settings {
  const asked = argv['pooling'] === undefined ? (suite.poolings ?? ['all']) : keys(argv, 'pooling');
  const given = words({ _: [], pooling: asked.join(',') }, 'pooling', POOLING_WORDS);
  const concat = given.includes('concat');
  const plain = given.flatMap((name) => (name === 'all' ? ALL_POOLINGS : name === 'concat' ? [] : [name]));
  const poolings = [...new Set<Pooling>(plain.length === 0 ? ALL_POOLINGS : plain)];
  const protocols = argv['protocol'] === undefined ? (suite.protocols ?? DEFAULT_PROTOCOLS) : words(argv, 'protocol', PROTOCOLS);
  const [seed = 1, ...otherSeeds] = wholes(argv, 'seed', 0);
  if (otherSeeds.length > 0 && !isSet(argv, 'finetune')) throw new HarnessError('OPTION', { where: '--seed', what: 'Frozen encoders are scored with one seed.', mend: 'Give one, or --finetune for a training run with each.' });
  const norms = words(argv, 'concat-norm', CONCAT_NORMS);
  return {
    poolings,
    layers: layerChoice(argv),
    layerMeans: words(argv, 'layer-mean', LAYER_MEANS),
    concatNorms: concat ? norms : [],
    protocols,
    ks: wholes(argv, 'k').toSorted((a, b) => a - b),
    metrics: words(argv, 'metric', METRICS),
    votes: words(argv, 'votes', VOTES),
    index: word(argv, 'index', INDEXES) ?? 'auto',
    hnsw: { m: whole(argv, 'hnsw-m', 2)!, efConstruction: whole(argv, 'hnsw-ef-construction')!, ef: whole(argv, 'hnsw-ef')!, seed },
    labels: word(argv, 'labels', LABEL_MODES) ?? 'first',
    limit: limitOf(argv) ?? suite.limit,
    deduplicate: isSet(argv, 'deduplicate') || undefined,
    seed,
    maxLength: whole(argv, 'max-length', 3) ?? suite.maxLength,
    dtype: word(argv, 'dtype', DTYPES) ?? suite.dtype,
    threads: whole(argv, 'threads')!,
    tokenBudget: whole(argv, 'token-budget')!,
  };
}

function layerChoice(argv: Arguments): LayerChoice {
  const value = text(argv, 'layers') ?? 'last';
  if (value === 'last' || value === 'all') return value;
  if (!/^\d+(,\d+)*$/.test(value)) {
    throw new HarnessError('OPTION', { where: '--layers', what: `"${value}" is none of its values.${didYouMean(value, ['last', 'all'])}`, mend: 'It takes last, all, or layer numbers with commas (0 is the embedding output).' });
  }
  return [...new Set(value.split(',').map(Number))].toSorted((a, b) => a - b);
}

/**
 * The protocols that a data set has the splits for: a train set alone has no rows of fit-train, unless that alone was asked
 * for, which is a mistake.
 */
export function protocolsOf({ split }: Dataset, protocols: readonly Protocol[]): readonly Protocol[] {
  const others = protocols.filter((protocol) => protocol !== 'fit-train');
  return others.length === 0 || split.some((each) => each !== 0) ? protocols : others;
}
