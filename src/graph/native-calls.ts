import { isMainThread, workerData } from 'node:worker_threads';

const [RUNNING, ENDING] = [0, 1];

/**
 * Number of native calls running in a thread, shared between the thread and whoever may end it. Node cannot end a thread during such a call
 * without ending the whole process (the bindings abort), so the thread is ended when the last call returns.
 */
export class NativeCalls {
  /** To be sent to the thread: shared, not copied. */
  readonly memory: SharedArrayBuffer;
  readonly #counts: Int32Array;

  constructor(memory = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#counts = new Int32Array(memory);
  }

  /** In the thread: before a call. Throws if the thread is about to end. */
  enter(): void {
    Atomics.add(this.#counts, RUNNING, 1);
    if (Atomics.load(this.#counts, ENDING) === 0) return;
    this.leave();
    throw new Error('it was closed');
  }

  /** In the thread: after each call. Ends the thread if requested. */
  leave(): void {
    const left = Atomics.sub(this.#counts, RUNNING, 1) - 1;
    Atomics.notify(this.#counts, RUNNING);
    if (left === 0 && Atomics.load(this.#counts, ENDING) === 1) process.exit();
  }

  /** In the thread: it ends, and no running call will return. */
  abandon(): void {
    Atomics.store(this.#counts, RUNNING, 0);
    Atomics.notify(this.#counts, RUNNING);
  }

  /** From outside: no more calls may start. Returns whether the thread may be ended immediately; else it ends by itself. */
  end(): boolean {
    Atomics.store(this.#counts, ENDING, 1);
    return Atomics.load(this.#counts, RUNNING) === 0;
  }

  /** From outside, after `end`: blocks until no call is running, or until a time of `performance.now()`. */
  wait(until: number): void {
    for (let running = 1; running !== 0 && performance.now() < until;) {
      running = Atomics.load(this.#counts, RUNNING);
      if (running !== 0) Atomics.wait(this.#counts, RUNNING, running, until - performance.now());
    }
  }
}

/** Start data of our threads. */
export interface NativeCallsData {
  readonly nativeCalls: SharedArrayBuffer;
}

const own = ofThisThread();

function ofThisThread(): NativeCalls | undefined {
  const memory = (workerData as Partial<NativeCallsData> | null | undefined)?.nativeCalls;
  if (isMainThread || !(memory instanceof SharedArrayBuffer)) return undefined;
  const calls = new NativeCalls(memory);
  process.once('exit', () => calls.abandon());
  // Loading native libraries counts as the first call: this file is loaded before them, and `nativeLibrariesLoaded` is called afterwards.
  calls.enter();
  return calls;
}

/** Must be called once in each of our threads, when everything is loaded. */
export function nativeLibrariesLoaded(): void {
  own?.leave();
}

/** The result of `work`, which calls native code: the thread is not ended before it is done. Throws as `work`. */
export function uninterrupted<T>(work: () => T): T {
  const calls = own;
  if (calls === undefined) return work();
  calls.enter();
  let settling = false;
  try {
    const result = work();
    if (!(result instanceof Promise)) return result;
    settling = true;
    return result.finally(() => calls.leave()) as T;
  } finally {
    if (!settling) calls.leave();
  }
}
