import type { Progress, Unit } from '../progress.ts';

/** What an experiment reports while it runs. */
export type ExperimentEvent =
  /** A task has started; `total` undefined: amount of work unknown. */
  | { readonly type: 'started'; readonly task: number; readonly label: string; readonly total: number | undefined; readonly unit: Unit }
  /** Progress of a task. */
  | { readonly type: 'progress'; readonly task: number; readonly done: number; readonly total: number | undefined; readonly note: string }
  | { readonly type: 'ended'; readonly task: number; readonly note: string }
  | { readonly type: 'download'; readonly name: string; readonly done: number; readonly total: number | undefined; readonly ended: boolean }
  /** Human-readable only: about the run, the files opened, or a possible problem. */
  | { readonly type: 'log' | 'note' | 'warning'; readonly text: string };

/** Progress reported as events. */
export function eventProgress(onEvent: ((event: ExperimentEvent) => void) | undefined): Progress {
  let tasks = 0;
  return {
    task: (label, first, unit) => {
      const task = ++tasks;
      let total = first;
      let open = true;
      onEvent?.({ type: 'started', task, label, total, unit });
      return {
        update: (done, note = '') => {
          if (open) onEvent?.({ type: 'progress', task, done, total, note });
        },
        setTotal: (value) => {
          total = value;
        },
        end: (note = '') => {
          if (open) onEvent?.({ type: 'ended', task, note });
          open = false;
        },
      };
    },
    log: (text) => onEvent?.({ type: 'log', text }),
    close: () => undefined,
  };
}
