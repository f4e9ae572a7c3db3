import type { TaskState } from './display.ts';
import { rawOf } from './harmless.ts';
import { openThroughputMeter } from './throughput-meter.ts';
import { progressBars } from './progress-bars.ts';
import { progressLines } from './progress-lines.ts';
import { printable } from './text.ts';
import type { Unit } from './quantities.ts';

/** Progress of downloads, embedding and search: bars on a TTY, a line now and then elsewhere, nothing where quiet. */
export interface Progress {
  /** Several tasks may be open at once. `total` undefined: nobody knows how much there is. */
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

export interface ProgressParams {
  /** stderr where left out: stdout belongs to the tables. */
  readonly stream?: NodeJS.WriteStream | undefined;
  readonly tty?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  /** Milliseconds that only grow. */
  readonly now?: (() => number) | undefined;
}

export function openProgress({ stream: given = process.stderr, tty = given.isTTY, quiet = false, now = () => performance.now() }: ProgressParams = {}): Progress {
  if (quiet) return SILENT;
  // Bars move the cursor; whatever is said beside them is made harmless here.
  const stream = rawOf(given);
  const display = tty ? progressBars({ stream, now }) : progressLines({ stream });
  const open = new Set<TaskState>();
  return {
    task: (label, total, unit) => {
      const task: TaskState = { label: printable(label), unit, meter: openThroughputMeter(now()), total: known(total), note: '' };
      open.add(task);
      display.started(task);
      return {
        update: (done, note = '') => {
          if (!open.has(task)) return;
          task.meter.update(done, now());
          task.note = printable(note);
          display.updated(task, now());
        },
        setTotal: (value) => {
          task.total = known(value);
        },
        end: (note = '') => {
          if (!open.delete(task)) return;
          task.note = printable(note);
          display.ended(task, now());
        },
      };
    },
    log: (line) => display.log(printable(line)),
    close: () => {
      open.clear();
      display.close();
    },
  };
}

const SILENT: Progress = {
  task: () => ({ update: () => undefined, setTotal: () => undefined, end: () => undefined }),
  log: () => undefined,
  close: () => undefined,
};

function known(total: number | undefined): number | undefined {
  return total !== undefined && Number.isFinite(total) && total > 0 ? total : undefined;
}
