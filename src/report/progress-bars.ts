import { MultiBar, type SingleBar } from 'cli-progress';
import { amount, figure } from './quantities.ts';
import { shortened } from './shortened.ts';
import { WORTH_A_LINE_SECONDS, type Display, type TaskState } from './display.ts';
import { columnsOf, wrapped } from './wrapped.ts';
import { endLine, pace } from './progress-lines.ts';

const BAR_CELLS = 10;
/** A label of this length says which dataset and encoder it is about. */
const READABLE_LABEL = 24;

/**
 * A bar for each running task, redrawn ten times per second; a finished task leaves one line if it took a while. Cursor and line wrapping
 * of the terminal are not changed, so that a killed run leaves no trace.
 */
export function progressBars({ stream, now }: { readonly stream: NodeJS.WriteStream; readonly now: () => number }): Display {
  let bars: MultiBar | undefined;
  const shown = new Map<TaskState, SingleBar>();

  const open = (): MultiBar => {
    bars ??= new MultiBar({
      stream,
      hideCursor: false,
      linewrap: true,
      clearOnComplete: true,
      format: (_options, _params, payload: { readonly task: TaskState }) =>
        barLine({ task: payload.task, now: now(), columns: stream.columns || 80 }),
    });
    return bars;
  };
  const close = (): void => {
    shown.clear();
    bars?.stop();
    bars = undefined;
  };
  const log = (line: string): void => {
    if (bars === undefined) {
      stream.write(`${line}\n`);
      return;
    }
    bars.log(`${line}\n`);
    bars.update();
  };
  return {
    started: (task) => {
      // The library draws nothing for a total of 0 and shows no value without one: we format the line, its numbers are not used.
      shown.set(task, open().create(1, 0, { task }));
    },
    updated: () => undefined,
    ended: (task, at) => {
      const bar = shown.get(task);
      shown.delete(task);
      if (bar !== undefined) bars?.remove(bar);
      if (task.meter.elapsed(at) >= WORTH_A_LINE_SECONDS) log(wrapped(endLine(task, at), columnsOf(stream)));
      if (shown.size === 0) close();
    },
    log,
    close,
  };
}

/**
 * `██░░░░░░░░ embedding trec6: 25% of 6,000, 410 texts/s, 12 s left`; on a narrow terminal the end of the note goes first, then the label
 * is cut.
 */
export function barLine({ task, now, columns }: { readonly task: TaskState; readonly now: number; readonly columns: number }): string {
  const { meter, total, unit, note, label } = task;
  const share = total === undefined ? 0 : Math.min(1, meter.done() / total);
  const full = Math.floor(share * BAR_CELLS);
  const bar = total === undefined ? '' : `${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)} `;
  const far = total === undefined ? amount(meter.done(), unit) : `${Math.floor(100 * share)}% of ${figure(total, unit)}`;
  const notes = note === '' ? [] : note.split(', ');
  const numbers = (): string => `: ${[far, ...pace(task, now), ...notes].join(', ')}`;
  const room = (): number => columns - 1 - bar.length - numbers().length;
  while (notes.length > 0 && room() < Math.min(label.length, READABLE_LABEL)) notes.pop();
  return `${bar}${shortened([label], room())[0]!}${numbers()}`.slice(0, columns - 1);
}
