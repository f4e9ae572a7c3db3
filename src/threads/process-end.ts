import type { NativeCalls } from '../graph/native-calls.ts';

/** Longest that the end of the process waits for native calls, in milliseconds. */
const MOST_WAIT = 30_000;

const all = new Set<NativeCalls>();

export interface Ended {
  /** The thread has ended, or is about to. */
  end(): void;
}

/**
 * The process ends, whatever ends it but a signal, once the native calls of its threads have returned: threads end with it, and amid a
 * call that would be an abort, with another exit status and a message that says nothing.
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
