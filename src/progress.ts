/** What is counted. */
export type Unit = 'bytes' | 'texts' | 'sentences' | 'tokens' | 'queries' | 'files' | 'cells' | 'steps' | 'jobs';

/** Progress events: emitted by the library, and displayed by a terminal. */
export interface Progress {
  /** Several tasks may be open at once. `total` undefined: the amount is unknown. */
  readonly task: (label: string, total: number | undefined, unit: Unit) => ProgressTask;
  /** A persistent line, above the progress bars. */
  readonly log: (line: string) => void;
  /** Removes the progress bars. Open tasks are dropped. */
  readonly close: () => void;
}

export interface ProgressTask {
  /** Amount done so far, not since the last call. `note` is shown after the numbers until the next call. */
  readonly update: (done: number, note?: string) => void;
  /** The total, once it is known. */
  readonly setTotal: (total: number) => void;
  /** Later calls do nothing. */
  readonly end: (note?: string) => void;
}

/** Discards progress. */
export const SILENT: Progress = {
  task: () => ({ update: () => undefined, setTotal: () => undefined, end: () => undefined }),
  log: () => undefined,
  close: () => undefined,
};
