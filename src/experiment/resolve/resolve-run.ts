import { ALL_POOLINGS, type Pooling } from '../../embed/vectors.ts';
import { HarnessError, option } from '../../errors.ts';
import type { Registries } from '../../registry/registries.ts';
import type { SuiteEntry } from '../../registry/schema.ts';
import { chosenDatasets, chosenEncoders, openingOf, readingOf } from '../named-refs.ts';
import type { FinetuneRequest, RunRequest } from '../request.ts';
import { DEFAULT_PROTOCOLS, type Settings } from '../settings.ts';
import type { Resources, RunExperiment } from './experiment.ts';
import { promptsOf } from './named.ts';
import { hasNumbers, mayHaveTags, trainingChoice } from './resolve-training.ts';
import { suiteOf } from './suite.ts';
import { ascending, unique } from './values.ts';
import { dimsOf, wordsOf } from './vector-options.ts';

/** @throws HarnessError OPTION, UNKNOWN_NAME, REGISTRY */
export function resolveRun(request: RunRequest, registries: Registries, resources: Resources): RunExperiment {
  const { suite, fallback, name } = suiteOf(request);
  const chosen = chosenEncoders(request, registries, fallback.encoders);
  const datasets = chosenDatasets(request, registries, fallback.datasets);
  if (chosen.list.length === 0) {
    throw new HarnessError('OPTION', {
      where: option('encoders'),
      what: 'No encoder given.',
      hint: '"concat-all" concatenates the other encoders of the run: give them too.',
    });
  }
  const settings = runSettings(request, suite, resources);
  const concatNorms = chosen.concat && settings.concatNorms.length === 0 ? (['raw'] as const) : settings.concatNorms;
  const { maxLength, dtype, limit, seed } = settings;
  if (request.finetune !== undefined && settings.dims !== undefined) {
    throw new HarnessError('OPTION', {
      where: option('dim'),
      what: 'Encoders are fine-tuned with whole vectors.',
      hint: `Omit it, or omit ${option('finetune')}: a saved fine-tuned encoder can be scored with ${option('dim')} like any other.`,
    });
  }
  const training = request.finetune && {
    choice: trainingChoice(request.finetune, {
      seeds: request.seed,
      ...oneWay(request),
      ...resources,
      hasNumbers: hasNumbers(datasets, request.task),
      mayHaveTags: mayHaveTags(datasets, request.task),
      device: request.device,
    }),
    pooling: request.pooling === undefined ? undefined : settings.poolings[0],
  };
  return {
    command: 'run',
    suite: request.datasets === undefined ? name : undefined,
    encoders: chosen.list,
    datasets,
    settings: { ...settings, concatNorms },
    reading: { ...readingOf(request, seed), limit },
    opening: { ...openingOf(request), maxLength, dtype },
    ...promptsOf(request),
    training,
  };
}

function runSettings(request: RunRequest, suite: Partial<SuiteEntry>, { threads, tokenBudget }: Resources): Settings {
  const given = request.pooling ?? (suite.poolings as RunRequest['pooling']) ?? ['all'];
  const concat = given.includes('concat');
  const plain = given.flatMap((name) => (name === 'all' ? ALL_POOLINGS : name === 'concat' ? [] : [name]));
  const poolings = [...new Set<Pooling>(plain.length === 0 ? ALL_POOLINGS : plain)];
  const [seed = 1, ...others] = request.seed;
  if (others.length > 0 && request.finetune === undefined) {
    throw new HarnessError('OPTION', {
      where: option('seed'),
      what: 'Frozen encoders are scored with one seed.',
      hint: `Give one, or add ${option('finetune')} for one training run per seed.`,
    });
  }
  const { layers } = request;
  return {
    poolings,
    layers: typeof layers === 'string' ? layers : ascending(layers),
    layerMeans: unique(request.layerMean),
    ...dimsOf(request),
    concatNorms: concat ? unique(request.concatNorm) : [],
    protocols: unique(request.protocol ?? suite.protocols ?? DEFAULT_PROTOCOLS),
    ...(request.protocol === undefined && suite.protocols === undefined && { anyProtocol: true as const }),
    ...wordsOf(request),
    ks: ascending(request.k),
    metrics: unique(request.metric),
    votes: unique(request.votes),
    index: request.index,
    hnsw: { m: request.hnswM, efConstruction: request.hnswEfConstruction, ef: request.hnswEf, recall: request.hnswRecall, seed },
    labels: request.labels,
    limit: request.limit ?? suite.limit,
    deduplicate: request.deduplicate === true || undefined,
    seed,
    maxLength: request.maxLength ?? suite.maxLength,
    dtype: request.dtype ?? suite.dtype,
    threads,
    tokenBudget,
  };
}

/** A fine-tuned encoder is scored in one way. */
function oneWay({ k, metric, votes }: RunRequest): Pick<FinetuneRequest, 'k' | 'metric' | 'votes'> {
  for (const [name, values] of Object.entries({ k, metric, votes })) {
    if (values.length === 1) continue;
    throw new HarnessError('OPTION', {
      where: option(name),
      what: `Fine-tuning takes a single value, got ${values.length}.`,
      hint: 'Give one.',
    });
  }
  return { k: k[0]!, metric: metric[0]!, votes: votes[0]! };
}
