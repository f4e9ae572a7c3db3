import { HarnessError, option } from '../../errors.ts';
import { CLASS_ESTIMATORS, type EstimatorName } from '../../estimators/estimators.ts';
import type { Registries } from '../../registry/registries.ts';
import { findSuite, loadSuites } from '../../registry/suites.ts';
import { chosenDatasets, chosenEncoders, openingOf, readingOf } from '../named-refs.ts';
import type { RankRequest } from '../request.ts';
import type { RankSettings } from '../settings.ts';
import type { RankExperiment, Resources } from './experiment.ts';
import { checkNamed, promptsOf } from './named.ts';
import { unique } from './values.ts';
import { dimsOf, wordsOf } from './vector-options.ts';

/**
 * Estimators that are fitted: comparing layers by them would take as long as everything else together, so they must be requested by name.
 */
export const FITTED: readonly EstimatorName[] = ['linear-probe', 'leep', 'ridge'];
const CURVE_TEXTS = 1000;

/**
 * Default of `rank` without arguments: a small encoder, full and truncated, on a small dataset; encoders or datasets given replace its
 * half.
 */
const BARE_RANK = { encoders: ['all-MiniLM-L6-v2', 'all-MiniLM-L6-v2@3'], dtype: 'q4', datasets: ['sms-spam'] } as const;

/** @throws HarnessError OPTION, UNKNOWN_NAME, REGISTRY */
export function resolveRank(request: RankRequest, registries: Registries, resources: Resources): RankExperiment {
  if (request.labels === 'all') {
    throw new HarnessError('OPTION', {
      where: option('labels'),
      what: 'Estimators take one class per text.',
      hint: `Omit it: the first of several labels is used; or choose a field with ${option('labelField')}.`,
    });
  }
  const suite = request.suite === undefined ? undefined : findSuite(loadSuites(request.suitesFile), request.suite);
  const { list, concat } = chosenEncoders(request, registries, suite?.encoders ?? BARE_RANK.encoders);
  const datasets = chosenDatasets(request, registries, suite?.datasets ?? BARE_RANK.datasets);
  checkNamed({ encoders: list, datasets, done: 'ranked', concat });
  const { k, seed, budget, sourceField, encoders } = request;
  const dtype = request.dtype ?? (suite === undefined ? (encoders === undefined ? BARE_RANK.dtype : undefined) : suite.dtype);
  return {
    command: 'rank',
    encoders: list,
    datasets,
    reading: { ...readingOf(request, seed), limit: request.limit ?? suite?.limit, labels: 'first' },
    opening: openingOf({ ...request, dtype, maxLength: request.maxLength ?? suite?.maxLength }),
    ...promptsOf(request),
    settings: {
      ...estimatorsOf(request),
      ...wordsOf(request),
      poolings: request.pooling,
      layerMeans: [request.layerMean],
      ...dimsOf(request),
      k,
      seed,
      ...resources,
      sourceField,
      // A text of the sample has k neighbours in addition to itself.
      curveTexts: !request.curves || budget !== undefined ? 0 : Math.max(CURVE_TEXTS, k + 1),
    },
    budgetMs: budget === undefined ? undefined : budget * 1000,
  };
}

/** The estimators to rank by, and those that compare the layers. */
function estimatorsOf({
  estimator,
  sourceField,
  by: wanted,
  pooling,
}: RankRequest): Pick<RankSettings, 'estimators' | 'every' | 'by' | 'curveEstimators'> {
  if ((pooling as readonly string[]).includes('concat')) {
    throw new HarnessError('OPTION', { where: option('pooling'), what: 'Concatenations cannot be ranked.', hint: 'Omit it.' });
  }
  const all = estimator.includes('all');
  const named = all
    ? CLASS_ESTIMATORS.filter((name) => name !== 'leep' || sourceField !== undefined || estimator.includes(name))
    : unique(estimator as readonly EstimatorName[]);
  const by = wanted ?? named[0]!;
  const estimators = named.includes(by) ? named : [by, ...named];
  if (estimators.includes('leep') && sourceField === undefined) {
    throw new HarnessError('OPTION', {
      where: option('estimator'),
      what: 'leep needs a second label of each text.',
      hint: `Give its field with ${option('sourceField')}.`,
    });
  }
  if (!estimators.includes('leep') && sourceField !== undefined) {
    throw new HarnessError('OPTION', {
      where: option('sourceField'),
      what: 'It applies only to leep.',
      hint: `Add leep to ${option('estimator')}, or omit it.`,
    });
  }
  return {
    estimators,
    ...(all && { every: true as const }),
    by,
    curveEstimators: all ? estimators.filter((name) => name === by || !FITTED.includes(name)) : estimators,
  };
}
