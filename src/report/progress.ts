import type { TaskState } from './display.ts';
import { rawOf } from './harmless.ts';
import { openThroughputMeter } from './throughput-meter.ts';
import { progressBars } from './progress-bars.ts';
import { progressLines } from './progress-lines.ts';
import { SILENT, type Progress } from '../progress.ts';
import { printable } from './text.ts';
import { columnsOf, wrapped } from './wrapped.ts';

export interface ProgressParams {
  /** Default: stderr, as stdout is for the tables. */
  readonly stream?: NodeJS.WriteStream | undefined;
  readonly tty?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  /** Monotonic milliseconds. */
  readonly now?: (() => number) | undefined;
}

export function openProgress({
  stream: given = process.stderr,
  tty = given.isTTY,
  quiet = false,
  now = () => performance.now(),
}: ProgressParams = {}): Progress {
  if (quiet) return SILENT;
  // Bars move the cursor, so they use the raw stream; everything else is made harmless here.
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
    log: (line) => display.log(wrapped(printable(line), columnsOf(stream))),
    close: () => {
      open.clear();
      display.close();
    },
  };
}

function known(total: number | undefined): number | undefined {
  return total !== undefined && Number.isFinite(total) && total > 0 ? total : undefined;
}
