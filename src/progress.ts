/** What is counted. */
export type Unit = 'bytes' | 'texts' | 'sentences' | 'tokens' | 'queries' | 'files' | 'cells' | 'steps' | 'jobs';

/** Progress events: rooms emit them, and a terminal may show them. */
export interface Progress {
  /** Several tasks may be open at once. `total` undefined: the amount is unknown. */
  readonly task: (label: string, total: number | undefined, unit: Unit) => ProgressTask;
  /** A line that stays, above the bars. */
  readonly log: (line: string) => void;
  /** Takes the bars away. A task that is still open is forgotten. */
  readonly close: () => void;
}

export interface ProgressTask {
  /** Done so far, not since the last call. `note` is shown behind the numbers until the next call. */
  readonly update: (done: number, note?: string) => void;
  /** The total, once it is known. */
  readonly setTotal: (total: number) => void;
  /** Calls after this one do nothing. */
  readonly end: (note?: string) => void;
}

/** Progress that is not shown. */
export const SILENT: Progress = {
  task: () => ({ update: () => undefined, setTotal: () => undefined, end: () => undefined }),
  log: () => undefined,
  close: () => undefined,
};
