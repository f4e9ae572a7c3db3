import { appendFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
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
