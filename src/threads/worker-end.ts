import { Worker, type MessagePort } from 'node:worker_threads';
import { NativeCalls, type NativeCallsData } from '../graph/native-calls.ts';
import { silenceRuntime } from '../graph/telemetry.ts';
import { half, type Answer } from './calls.ts';
import { endWithProcess, type Ended } from './process-end.ts';
import type { SharedData } from './shared-thread.ts';

/** Threads inherit the process's flags. This flag belongs to a program given as text (--eval), and no worker file runs with it. */
const EVALUATED = process.execArgv.some((flag) => flag.startsWith('--input-type'));

/** What is heard from the other end of a thread. */
export interface Heard {
  readonly answer: (answer: Answer) => void;
  /** It can no longer answer: half a sentence. */
  readonly ended: (why: string) => void;
}

/** The other end of a thread: a worker, or a place in one that several share. */
export interface ThreadEnd {
  /** Throws if the message cannot be cloned. */
  post(message: unknown, transfer: readonly (ArrayBuffer | MessagePort)[]): void;
  /** Whether it keeps the process alive. */
  hold(alive: boolean): void;
  /** Ends it after its current native call. Never fails. */
  close(): Promise<void>;
}

/** A worker of this process with a file of its own. */
export class WorkerEnd implements ThreadEnd {
  readonly #worker: Worker;
  readonly #native = new NativeCalls();
  readonly #exit: Promise<void>;
  readonly #listed: Ended;

  /** `more`: start data. Throws if the system has no thread left, and what `silenceRuntime` throws. */
  constructor(file: URL, { answer, ended }: Heard, more?: SharedData) {
    silenceRuntime();
    const data: NativeCallsData = { nativeCalls: this.#native.memory, ...more };
    this.#worker = new Worker(file, { workerData: data, ...(EVALUATED && { execArgv: [] }) });
    this.#listed = endWithProcess(this.#native);
    this.#exit = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#listed.end();
        ended('its thread ended');
        resolve();
      });
    });
    this.#worker.on('message', answer);
    this.#worker.on('messageerror', (error) => {
      ended(`its answer cannot be read (${half(error)})`);
      this.close().catch(() => undefined);
    });
    this.#worker.on('error', (error: unknown) => {
      this.#listed.end(); // do not wait for calls that will never return
      ended(half(error));
    });
    this.#worker.unref();
  }

  post(message: unknown, transfer: readonly (ArrayBuffer | MessagePort)[]): void {
    this.#worker.postMessage(message, transfer);
  }

  hold(alive: boolean): void {
    if (alive) this.#worker.ref();
    else this.#worker.unref();
  }

  async close(): Promise<void> {
    this.#worker.ref();
    if (this.#native.end()) await this.#worker.terminate();
    else await this.#exit;
  }
}
