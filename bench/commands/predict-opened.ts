import type { Classifier } from '../../src/classifiers/classifier.ts';
import type { ClassifierRecord } from '../../src/classifiers/record.ts';
import type { Pooling } from '../../src/embed/vectors.ts';
import type { Encoder } from '../../src/encoders/encoder.ts';
import type { Workspace } from '../../src/experiment/workspace.ts';
import type { Metric, Votes } from '../../src/knn/types.ts';
import type { Progress } from '../../src/progress.ts';
import type { Arguments } from '../verb.ts';

/** A classifier whose encoder is open. */
export interface OpenedModel {
  readonly classifier: Classifier;
  readonly encoder: Encoder;
  /** So many of a vector's first numbers; undefined: all. */
  readonly dim: number | undefined;
}

/** What classifies, before its encoder is opened. */
export interface Model {
  readonly classes: readonly string[];
  readonly multiLabel: boolean;
  /** It takes two texts a row. */
  readonly pairs?: boolean | undefined;
  /** It tags the words of sentences: `classes` are tags. */
  readonly words?: boolean | undefined;
  /** It predicts numbers, with an interval around them or without; undefined: classes. */
  readonly numbers?: 'interval' | 'plain' | undefined;
  /** Texts of a dataset vote: it is not known before they are embedded how sure that is. */
  readonly isFrozen: boolean;
  readonly open: (signal: AbortSignal | undefined) => Promise<OpenedModel>;
}

export interface ModelParams {
  readonly argv: Arguments;
  readonly workspace: Workspace;
  readonly progress: Progress;
  readonly warn: (line: string) => void;
}

/** What is asked of a frozen encoder. */
export interface FrozenSettings {
  readonly k: number;
  readonly metric: Metric;
  readonly votes: Votes;
  readonly dim: number | undefined;
  readonly pooling: Pooling | undefined;
}

/** How an encoder is opened, for a record. */
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
