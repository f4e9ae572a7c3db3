import type { NativeCalls } from '../graph/native-calls.ts';

/** Maximum time that the end of the process waits for native calls, in milliseconds. */
const MOST_WAIT = 30_000;

const all = new Set<NativeCalls>();

export interface Ended {
  /** The thread has ended, or is about to. */
  end(): void;
}

/**
 * Delays the end of the process, unless it ends by a signal, until the native calls of its threads have returned: threads are ended with
 * the process, and during a native call that would be an abort, with another exit status and a meaningless message.
 */
export function endWithProcess(calls: NativeCalls): Ended {
  if (all.size === 0) process.on('exit', wait);
  all.add(calls);
  return {
    end: () => {
      if (all.delete(calls) && all.size === 0) process.off('exit', wait);
    },
  };
}

function wait(): void {
  const running = [...all].filter((calls) => !calls.end());
  const until = performance.now() + MOST_WAIT;
  for (const calls of running) calls.wait(until);
}
