import type { Task } from '../../datasets/dataset.ts';
import { HarnessError, option } from '../../errors.ts';
import { checkObjectiveOptions } from '../../training/check-objective.ts';
import { deviceOf } from '../../devices/device.ts';
import { OBJECTIVES } from '../../training/objectives.ts';
import { checkOptionsRead, objectiveOptions } from '../../training/options.ts';
import type { DatasetRef } from '../refs.ts';
import type { FinetuneRequest, TrainingRequest } from '../request.ts';
import type { TrainingChoice } from '../training-choice.ts';
import type { Resources } from './experiment.ts';
import { unique } from './values.ts';

interface TrainingScores extends Pick<FinetuneRequest, 'k' | 'metric' | 'votes'>, Pick<Resources, 'threads'> {
  readonly seeds: readonly number[];
  /** Whether the labels of a dataset are numbers. */
  readonly hasNumbers: boolean;
  /** Whether words of a dataset may have tags. */
  readonly mayHaveTags: boolean;
  /** Value of the option. */
  readonly device: string;
}

/** Default training objectives. */
const DEFAULT_OBJECTIVES = { classes: ['cea-all-negatives'], numbers: ['regression'], tags: ['classic'] } as const;

const DEFAULT_EPOCHS = 10;

export function hasNumbers(datasets: readonly DatasetRef[], asked: Task | undefined): boolean {
  return datasets.some((each) => (asked ?? (each.kind === 'entry' ? each.entry.task : 'classification')) === 'regression');
}

/** Whether words of a dataset may have tags: for a file this is known only when it is read. */
export function mayHaveTags(datasets: readonly DatasetRef[], asked: Task | undefined): boolean {
  return datasets.some(
    (each) =>
      (asked ?? (each.kind === 'entry' ? (each.entry.task ?? 'classification') : 'token-classification')) === 'token-classification',
  );
}

export function trainingChoice(
  request: TrainingRequest,
  { seeds, k, metric, votes, threads, hasNumbers: numbers, mayHaveTags: tags, device }: TrainingScores,
): TrainingChoice {
  const { epochs = DEFAULT_EPOCHS, vectorsAt = [] } = request;
  const beyond = vectorsAt.find((epoch) => epoch > epochs);
  if (beyond !== undefined) {
    throw new HarnessError('OPTION', {
      where: option('vectorsAt'),
      what: `No epoch ${beyond} in ${epochs} epochs.`,
      hint: `Give epochs from 0 (before training) to ${epochs}, or more ${option('epochs')}.`,
    });
  }
  const { temperature, scale, margin, weight, secondWeight, multiLabel = false } = request;
  const options = objectiveOptions({ temperature, scale, margin, weight, secondWeight, multiLabel });
  const objectives = request.objective ?? DEFAULT_OBJECTIVES.classes;
  const ofNumbers = request.objective === undefined && numbers ? DEFAULT_OBJECTIVES.numbers : undefined;
  const ofTags = request.objective === undefined && tags ? DEFAULT_OBJECTIVES.tags : undefined;
  checkOptionsRead(options, [...objectives, ...(ofNumbers ?? []), ...(ofTags ?? [])]);
  for (const name of [...(ofNumbers ?? []), ...objectives])
    checkObjectiveOptions({ objective: OBJECTIVES[name], options, batchSize: request.batchSize });
  if (request.secondLabelField !== undefined && !objectives.some((name) => OBJECTIVES[name].needs.secondLabels)) {
    const readers = Object.values(OBJECTIVES).flatMap(({ name, needs }) => (needs.secondLabels ? [name] : []));
    throw new HarnessError('OPTION', {
      where: option('secondLabelField'),
      what: `It applies only to ${readers.join(', ')}, got ${objectives.join(', ')}.`,
      hint: `Omit it, or choose another ${option('objective')}.`,
    });
  }
  const { lr, batchSize, schedule, warmup, clip, balanced = false, bestEpochBy } = request;
  return {
    objectives: unique(objectives),
    ...(ofNumbers !== undefined && { ofNumbers }),
    ...(ofTags !== undefined && { ofTags }),
    objectiveOptions: options,
    seeds: unique(seeds),
    settings: { epochs, lr, batchSize, schedule, warmup, clip, balanced, bestEpochBy },
    neighbours: { k, metric, votes, threads },
    shares: { test: request.testShare, dev: request.devShare },
    trainer: {
      freeze: unique(request.freeze ?? []),
      weightDecay: request.weightDecay,
      decayMatricesOnly: request.decay === 'matrices',
      denseEmbeddings: request.denseEmbeddings ?? false,
      dropout: request.dropout,
      accumulate: request.accumulate,
      chunkTokens: request.chunkTokens,
      mixedPrecision: request.mixedPrecision,
      threads,
      device: deviceOf(device).device,
    },
    vectorsAt: unique(vectorsAt),
    secondLabelField: request.secondLabelField,
  };
}
