import { WORTH_A_LINE_SECONDS, type Display, type TaskState } from './display.ts';
import { amount, amountOf, formatDuration, perSecond } from './quantities.ts';

/**
 * Plain lines for logs: none for a task of less than two seconds, then one every ten, and one at the end; a download always has the final
 * one.
 */
export function progressLines({ stream }: { readonly stream: { write: (text: string) => unknown } }): Display {
  const spoken = new Map<TaskState, number>();
  const say = (line: string): void => {
    stream.write(`${line}\n`);
  };
  return {
    started: () => undefined,
    updated: (task, now) => {
      const last = spoken.get(task);
      const due = last === undefined ? task.meter.elapsed(now) >= WORTH_A_LINE_SECONDS : now - last >= BETWEEN_LINES_MS;
      // A task that ends right away has only its final line.
      if (!due || (task.total !== undefined && task.meter.done() >= task.total)) return;
      spoken.set(task, now);
      say(runningLine(task, now));
    },
    ended: (task, now) => {
      spoken.delete(task);
      if (task.unit === 'bytes' || task.meter.elapsed(now) >= WORTH_A_LINE_SECONDS) say(endLine(task, now));
    },
    log: say,
    close: () => spoken.clear(),
  };
}

const BETWEEN_LINES_MS = 10_000;

/** `embedding trec6: 1,234 of 5,952 texts (20%), 410 texts/s, 12 s left` */
function runningLine(task: TaskState, now: number): string {
  return `${task.label}: ${measures(task, now).join(', ')}`;
}

/** `embedding trec6: 5,952 texts in 14 s, 425 texts/s` */
export function endLine({ label, unit, meter, note }: TaskState, now: number): string {
  const rate = meter.overallRate(now);
  const words = [
    meter.done() > 0 ? `${amount(meter.done(), unit)} in ${formatDuration(meter.elapsed(now))}` : formatDuration(meter.elapsed(now)),
    ...(rate === undefined ? [] : [perSecond(rate, unit)]),
    ...(note === '' ? [] : [note]),
  ];
  return `${label}: ${words.join(', ')}`;
}

function measures(task: TaskState, now: number): string[] {
  const { unit, meter, total, note } = task;
  const done = total === undefined ? meter.done() : Math.min(meter.done(), total);
  const far = total === undefined ? amount(done, unit) : `${amountOf({ done, total, unit })} (${Math.floor((100 * done) / total)}%)`;
  return [far, ...pace(task, now), ...(note === '' ? [] : [note])];
}

/** Speed, and remaining time if it can be estimated. */
export function pace({ unit, meter, total }: TaskState, now: number): string[] {
  const [rate, left] = [meter.rate(now), meter.left(total, now)];
  return [...(rate === undefined ? [] : [perSecond(rate, unit)]), ...(left === undefined ? [] : [`${formatDuration(left)} left`])];
}
