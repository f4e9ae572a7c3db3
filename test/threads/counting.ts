import { appendFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
import { later } from '../../src/threads/calls.ts';
import { offer } from '../../src/threads/serve.ts';

/** A worker file that threads may share: each has a count of its own. */
export const offered = () => {
  let count = 0;
  let file: string | undefined;
  return {
    open: (name: string) => void (file = name),
    add: (by: number) => (count += by),
    thread: () => threadId,
    slowly: async (by: number) => {
      await new Promise((resolve) => {
        setTimeout(resolve, 30);
      });
      return (count += by);
    },
    /** Counts at once, and answers 30 ms later; not for a negative number. */
    afterwards: (by: number) => {
      count += by;
      const counted = count;
      return later(
        new Promise<number>((resolve, reject) => {
          setTimeout(() => {
            if (file !== undefined) appendFileSync(file, 'answered\n');
            if (by < 0) reject(new Error('only up'));
            else resolve(counted);
          }, 30);
        }),
      );
    },
    /** Outside of the call. */
    crash: () =>
      void setTimeout(() => {
        throw new Error('boom');
      }, 1),
    close: () => {
      if (file !== undefined) appendFileSync(file, `closed at ${count}\n`);
    },
  };
};
offer(offered);
export type CountCalls = ReturnType<typeof offered>;
