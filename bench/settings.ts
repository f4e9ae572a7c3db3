import { CONCAT_NORMS } from '../src/embed/concat.ts';
import { ALL_POOLINGS, LAYER_MEANS, POOLINGS, type LayerChoice, type Pooling } from '../src/embed/vectors.ts';
import { HarnessError } from '../src/errors.ts';
import { DEFAULT_PROTOCOLS, type Settings } from '../src/experiment/settings.ts';
import { INDEXES, LABEL_MODES, METRICS, PROTOCOLS, VOTES } from '../src/knn/types.ts';
import { didYouMean } from '../src/registry/names.ts';
import type { SuiteEntry } from '../src/registry/schema.ts';
import { DTYPES } from '../src/sources/encoder-files.ts';
import { isSet, keys, limitOf, text, whole, wholes, word, words } from './options.ts';
import type { Arguments } from './verb.ts';

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
