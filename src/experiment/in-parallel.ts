/**
 * Results of tasks in their order, with at most `most` of them running at a time. A failed task throws when its result is due; no task is
 * left running.
 */
export async function* inParallel<T>(tasks: readonly (() => Promise<T>)[], most: number): AsyncGenerator<T> {
  const running: Promise<T>[] = [];
  let next = 0;
  try {
    while (next < tasks.length || running.length > 0) {
      for (; next < tasks.length && running.length < most; next++) {
        const task = tasks[next]!();
        task.catch(() => {}); // thrown when it is awaited
        running.push(task);
      }
      yield await running.shift()!;
    }
  } finally {
    await Promise.allSettled(running);
  }
}
