import type { Classifier } from '../../src/classifiers/classifier.ts';
import type { ClassifierRecord } from '../../src/classifiers/record.ts';
import type { Pooling } from '../../src/embed/vectors.ts';
import type { Encoder } from '../../src/encoders/encoder.ts';
import type { Workspace } from '../../src/experiment/workspace.ts';
import type { Metric, Votes } from '../../src/knn/types.ts';
import type { Progress } from '../../src/progress.ts';
import type { Arguments } from '../command-module.ts';

/** A classifier with its encoder open. */
export interface OpenedModel {
  readonly classifier: Classifier;
  readonly encoder: Encoder;
  /** Dimensions kept of each vector; undefined: all. */
  readonly dim: number | undefined;
}

/** A classifier whose encoder is not open yet. */
export interface Model {
  readonly classes: readonly string[];
  readonly multiLabel: boolean;
  /** It takes text pairs. */
  readonly pairs?: boolean | undefined;
  /** It tags the words of sentences: `classes` are tags. */
  readonly words?: boolean | undefined;
  /** It predicts numbers, with or without an interval; undefined: classes. */
  readonly numbers?: 'interval' | 'plain' | undefined;
  /** k-NN over the texts of a dataset: its accuracy is unknown until they are embedded. */
  readonly isFrozen: boolean;
  readonly open: (signal: AbortSignal | undefined) => Promise<OpenedModel>;
}

export interface ModelParams {
  readonly argv: Arguments;
  readonly workspace: Workspace;
  readonly progress: Progress;
  readonly warn: (line: string) => void;
}

/** Settings of a frozen encoder. */
export interface FrozenSettings {
  readonly k: number;
  readonly metric: Metric;
  readonly votes: Votes;
  readonly dim: number | undefined;
  readonly pooling: Pooling | undefined;
}

/** How an encoder is opened, as part of a record. */
export function openedAs({ maxLength, prompt }: Pick<Encoder, 'maxLength' | 'prompt'>): Pick<ClassifierRecord, 'maxLength' | 'prompt'> {
  return {
    maxLength: maxLength === Infinity ? null : maxLength,
    ...(prompt !== undefined && { prompt: { ...(prompt.name !== undefined && { name: prompt.name }), text: prompt.text } }),
  };
}

export function sayTemperature(
  { record: { temperature, calibration, words } }: Classifier,
  by: string,
  warn: (line: string) => void,
): void {
  if (calibration === undefined) return;
  warn(
    `Temperature ${temperature.toFixed(2)}, fitted by ${by} on ${calibration.texts} train ${words === undefined ? 'texts' : 'words'}: expected calibration error ` +
      `${percent(calibration.eceBefore)} before, ${percent(calibration.eceAfter)} after.`,
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
