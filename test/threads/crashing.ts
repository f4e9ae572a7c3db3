import { writeFileSync } from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import type { Worker, WorkerOptions } from 'node:worker_threads';

/** Faults of a thread at a call, loaded into it first. */
export const WAYS = {
  'an error outside of its calls': { does: "setImmediate(() => { throw new Error('boom.'); });", why: 'boom' },
  'an error that is none': { does: 'setImmediate(() => { throw undefined; });', why: 'undefined' },
  'a rejection that nobody handles': { does: "Promise.reject(new Error('boom'));", why: 'boom' },
  'a rejection, then an end': {
    does: "Promise.reject(new Error('boom')); process.on('exit', () => { throw new Error('later'); });",
    why: 'boom',
  },
  'process.exit': { does: 'process.exit(3);', why: 'its thread ended' },
  'no memory left': {
    does: 'for (const all = [];;) all.push(Array.from({ length: 1e4 }, () => ({})));',
    why: 'Worker terminated due to reaching memory limit: JS heap out of memory',
  },
  'a question that cannot be read': {
    does: "port.emit('messageerror', new Error('boom'));",
    why: 'the request cannot be read (boom)',
  },
  'an answer that cannot be sent': {
    does: "answer = Symbol('odd'); on(question);",
    why: 'its answer cannot be sent (Symbol(odd) could not be cloned)',
  },
} as const;

interface Threads {
  Worker: new (file: URL, options: WorkerOptions) => Worker;
}

/**
 * Of all threads started from now on, those of a module fail at their first request of this call. `now` returns the time in ms since the
 * epoch.
 */
export function crashing(
  folder: string,
  { room, call, does }: { readonly room: string; readonly call: string; readonly does: string },
): { end(): void; now(): number } {
  const file = path.join(folder, 'crash.cjs');
  const at = new Float64Array(new SharedArrayBuffer(8));
  writeFileSync(
    file,
    `
    const { parentPort: port, workerData: { at } } = require('node:worker_threads');
    let answer;
    const { postMessage, on: listen } = port;
    port.postMessage = (message, transfer) => postMessage.call(port, message.kind === 'done' && answer ? { ...message, value: answer } : message, transfer);
    port.on = (event, on) => listen.call(port, event, event !== 'message' ? on : (question) => {
      if (question.name !== ${JSON.stringify(call)}) return on(question);
      at[0] = performance.timeOrigin + performance.now();
      ${does}
    });`,
  );
  const threads = createRequire(import.meta.url)('node:worker_threads') as Threads;
  const { Worker: Plain } = threads;
  threads.Worker = class extends Plain {
    constructor(url: URL, options: WorkerOptions) {
      const mine = url.href.includes(`/${room}/`);
      super(
        url,
        !mine
          ? options
          : {
              ...options,
              execArgv: ['--require', file],
              workerData: { ...(options.workerData as object), at },
              resourceLimits: { maxOldGenerationSizeMb: 48 },
            },
      );
    }
  };
  syncBuiltinESMExports();
  return {
    end: () => {
      threads.Worker = Plain;
      syncBuiltinESMExports();
    },
    now: () => at[0]!,
  };
}
