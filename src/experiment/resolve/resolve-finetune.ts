import type { Registries } from '../../registry/registries.ts';
import { chosenDatasets, chosenEncoders, openingOf, readingOf } from '../named-refs.ts';
import type { FinetuneRequest } from '../request.ts';
import type { FinetuneExperiment, Resources } from './experiment.ts';
import { checkNamed, promptsOf } from './named.ts';
import { hasNumbers, mayHaveTags, trainingChoice } from './resolve-training.ts';

/** Default of `finetune` without arguments: small enough for three minutes on two cores. */
const BARE = { encoders: ['all-MiniLM-L6-v2'], dtype: 'q4', datasets: ['sentiment-yelp'], pooling: 'mean', epochs: 3 } as const;

/**
 * Without an encoder and a dataset the default experiment is run; if one is given, the default supplies the other. @throws HarnessError
 * OPTION, UNKNOWN_NAME
 */
export function resolveFinetune(given: FinetuneRequest, registries: Registries, resources: Resources): FinetuneExperiment {
  const { encoders, datasets: named } = given;
  const [noEncoder, noDataset] = [encoders === undefined, named === undefined];
  const request: FinetuneRequest = {
    ...given,
    encoders: encoders ?? [...BARE.encoders],
    datasets: named ?? [...BARE.datasets],
    dtype: given.dtype ?? (noEncoder ? BARE.dtype : undefined),
    pooling: given.pooling ?? (noEncoder && noDataset ? BARE.pooling : undefined),
    epochs: given.epochs ?? (noEncoder && noDataset ? BARE.epochs : undefined),
  };
  const { list, concat } = chosenEncoders(request, registries);
  const datasets = chosenDatasets(request, registries);
  checkNamed({ encoders: list, datasets, done: 'trained', concat });
  const { k, metric, votes, seed } = request;
  return {
    command: 'finetune',
    encoders: list,
    datasets,
    reading: readingOf(request, seed[0]!),
    opening: openingOf(request),
    ...promptsOf(request),
    choice: trainingChoice(request, {
      seeds: seed,
      k,
      metric,
      votes,
      ...resources,
      hasNumbers: hasNumbers(datasets, request.task),
      mayHaveTags: mayHaveTags(datasets, request.task),
      device: request.device,
    }),
    pooling: request.pooling,
  };
}
