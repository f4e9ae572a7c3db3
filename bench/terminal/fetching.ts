import type { Progress, ProgressTask } from '../../src/progress.ts';
import type { DownloadProgress } from '../../src/sources/types.ts';

/** Shows downloads as progress tasks, several at a time, from first to last byte. */
export function fetchingTasks(progress: Progress): (report: DownloadProgress) => void {
  const tasks = new Map<string, ProgressTask>();
  return ({ name, done, total, ended }) => {
    const task = tasks.get(name) ?? progress.task(`Fetching ${name}`, total, 'bytes');
    tasks.set(name, task);
    if (total !== undefined) task.setTotal(total);
    task.update(done);
    if (!ended) return;
    task.end();
    tasks.delete(name);
  };
}
