import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { half, type Answer } from './calls.ts';
import { WorkerEnd, type Heard, type ThreadEnd } from './worker-end.ts';

/** A request for a place in the shared thread. */
export interface Joining {
  /** URL of a worker file, which calls `offer`. */
  readonly file: string;
  readonly port: MessagePort;
}

/** Ends a place: what it has is released, then it answers `CLOSED`. */
export const CLOSE = 'close';
export const CLOSED = 'closed';

/** The thread that all places share; it ends with the last of them. */
interface SharedWorker {
  readonly end: WorkerEnd;
  readonly places: Set<SharedEnd>;
}

let shared: SharedWorker | undefined;

/**
 * A place in the one thread of this process that runs on a graphics card. onnxruntime's WebGPU crashes if two threads of a process use it
 * (1.30: a segmentation fault, or `Command encoding already finished`), even one session each. Here their native calls take turns, and
 * sessions can hand each other tensors that are on the card.
 */
export class SharedEnd implements ThreadEnd {
  readonly #heard: Heard;
  readonly #port: MessagePort;
  readonly #of: SharedWorker;
  readonly #closed: Promise<void>;
  #resolve!: () => void;

  /** Throws if the system has no thread left. */
  constructor(file: URL, heard: Heard) {
    this.#heard = heard;
    this.#of = shared ??= start();
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#closed = new Promise((resolve) => (this.#resolve = resolve));
    port1.on('message', (answer: Answer | typeof CLOSED) => {
      if (answer === CLOSED) this.#resolve();
      else heard.answer(answer);
    });
    port1.on('messageerror', (error) => {
      heard.ended(`its answer cannot be read (${half(error)})`);
      this.close().catch(() => undefined);
    });
    port1.unref();
    this.#of.places.add(this);
    this.#of.end.post({ file: file.href, port: port2 } satisfies Joining, [port2]);
  }

  post(message: unknown, transfer: readonly (ArrayBuffer | MessagePort)[]): void {
    this.#port.postMessage(message, transfer);
  }

  hold(alive: boolean): void {
    if (alive) this.#port.ref();
    else this.#port.unref();
  }

  async close(): Promise<void> {
    if (!this.#of.places.has(this)) return;
    this.#port.ref();
    this.#port.postMessage(CLOSE);
    await this.#closed;
    this.#port.close();
    if (!this.#of.places.delete(this) || this.#of.places.size > 0) return;
    if (shared === this.#of) shared = undefined;
    await this.#of.end.close();
  }

  /** The thread has ended. */
  ended(why: string): void {
    this.#of.places.delete(this);
    this.#port.close();
    this.#resolve();
    this.#heard.ended(why);
  }
}

function start(): SharedWorker {
  const places = new Set<SharedEnd>();
  const file = new URL('./shared-worker.js', import.meta.url);
  const ended = (why: string): void => {
    if (shared?.end === end) shared = undefined;
    for (const place of places) place.ended(why);
  };
  const end: WorkerEnd = new WorkerEnd(file, { answer: () => undefined, ended }, { shared: true });
  return { end, places };
}
