import { HarnessError, option } from '../../errors.ts';
import type { Registries } from '../../registry/registries.ts';
import type { SuiteEntry } from '../../registry/schema.ts';
import { findSuite, loadSuites } from '../../registry/suites.ts';
import { chosenDatasets, chosenEncoders, openingOf, readingOf } from '../named-refs.ts';
import type { ChooseRequest } from '../request.ts';
import type { ChooseExperiment, Resources } from './experiment.ts';
import { checkNamed, promptsOf } from './named.ts';
import { hasNumbers, mayHaveTags, trainingChoice } from './resolve-training.ts';
import { unique } from './values.ts';

/** If no budget is given. */
const DEFAULT_BUDGET_MS = 30 * 60_000;
/** Layers are compared on the first texts of the screen: a note that affects no decision. */
const SCREEN_CURVE_TEXTS = 200;

/** @throws HarnessError OPTION, UNKNOWN_NAME, REGISTRY */
export function resolveChoose(request: ChooseRequest, registries: Registries, resources: Resources): ChooseExperiment {
  const { suite: named, suitesFile, budget, budgetTexts, by, k, metric, votes, seed, objective, pooling } = request;
  if (budget !== undefined && budgetTexts !== undefined) {
    throw new HarnessError('OPTION', {
      where: option('budgetTexts'),
      what: `It replaces ${option('budget')}.`,
      hint: 'Give only one of the two.',
    });
  }
  const suite: Partial<SuiteEntry> = named === undefined ? {} : findSuite(loadSuites(suitesFile), named);
  const { list, concat } = chosenEncoders(request, registries, suite.encoders);
  const datasets = chosenDatasets(request, registries, suite.datasets);
  checkNamed({ encoders: list, datasets, done: 'trained', concat });
  const opened = { ...request, dtype: request.dtype ?? suite.dtype, maxLength: request.maxLength ?? suite.maxLength };
  const seeds = unique(seed);
  return {
    command: 'choose',
    encoders: list,
    datasets,
    reading: { ...readingOf(request, seeds[0]!), limit: request.limit ?? suite.limit },
    opening: openingOf(opened),
    ...promptsOf(request),
    choice: trainingChoice(
      { ...request, objective: objective && [objective] },
      {
        seeds,
        k,
        metric,
        votes,
        ...resources,
        hasNumbers: hasNumbers(datasets, request.task),
        mayHaveTags: mayHaveTags(datasets, request.task),
        device: request.device,
      },
    ),
    pooling,
    screen: {
      estimators: [by],
      by,
      poolings: ['mean', 'layermean'],
      layerMeans: ['0..L'],
      k,
      seed: seeds[0]!,
      ...resources,
      curveTexts: Math.max(SCREEN_CURVE_TEXTS, k + 1),
      curveEstimators: [by],
    },
    budget:
      budgetTexts === undefined
        ? { unit: 'ms', amount: budget === undefined ? DEFAULT_BUDGET_MS : budget * 1000 }
        : { unit: 'passes', amount: budgetTexts },
  };
}
