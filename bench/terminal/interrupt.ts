import { EXIT_STATUSES } from '../../src/report/output/exit-statuses.ts';

/** Ctrl-C, and what a scheduler sends before it kills. */
const SIGNALS = { SIGINT: EXIT_STATUSES.interrupted.status, SIGTERM: EXIT_STATUSES.terminated.status } as const;

export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Exit status of an interrupted process. */
  readonly status: number;
  /** Restores the default signal handling. */
  end(): void;
}

/** The first signal requests a clean end, with a message; the second ends the process immediately. */
export function interruption(say: (line: string) => void, controller = new AbortController()): Interruption {
  let status = 0;
  const handlers = Object.entries(SIGNALS).map(([name, code]) => {
    const handler = (): void => {
      if (controller.signal.aborted) process.exit(code);
      status = code;
      say('Interrupted, progress saved. Press Ctrl-C again to quit immediately.');
      controller.abort();
    };
    process.on(name, handler);
    return [name, handler] as const;
  });
  return {
    signal: controller.signal,
    get status() {
      return status;
    },
    end: () => {
      for (const [name, handler] of handlers) process.off(name, handler);
    },
  };
}
