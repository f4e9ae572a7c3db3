import type { ThroughputMeter } from './throughput-meter.ts';
import type { Unit } from '../progress.ts';

/** Shows progress: bars or lines. */
export interface Display {
  readonly started: (task: TaskState) => void;
  readonly updated: (task: TaskState, now: number) => void;
  readonly ended: (task: TaskState, now: number) => void;
  readonly log: (line: string) => void;
  readonly close: () => void;
}

/** A task, for both kinds of display. */
export interface TaskState {
  readonly label: string;
  readonly unit: Unit;
  readonly meter: ThroughputMeter;
  total: number | undefined;
  note: string;
}

/** Shorter tasks are not printed. */
export const WORTH_A_LINE_SECONDS = 2;
