import { HarnessError } from '../errors.ts';
import { silenceRuntime } from '../graph/telemetry.ts';
import { half, type Answer, type Calls, type ParamsOf, type ProgressOf, type Question, type ResultOf } from './calls.ts';
import { SharedEnd } from './shared-end.ts';
import { WorkerEnd, type ThreadEnd } from './worker-end.ts';

export interface ThreadParams {
  /** A worker file, which calls `serve`. */
  readonly file: URL;
  /** Makes the error of a call that the thread could not answer. `why` is half a sentence. */
  readonly failed: (why: string) => HarnessError;
  /** In the thread of the graphics card (see SharedEnd): the file calls `offer`. Default: a thread of its own. */
  readonly shared?: boolean | undefined;
}

export interface CallOptions<Progress> {
  /** Buffers that are transferred to the thread; everything else is copied. */
  readonly transfer?: readonly ArrayBuffer[] | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: ((progress: never) => void) | undefined;
}

/**
 * A thread of this process that answers the calls `C` of its worker file, which begin in the order of the requests. It keeps the process
 * alive only while an answer is pending. Whatever ends it is the error of all pending and later calls, with its first message.
 *
 * Piscina was tried for this and dropped: it ends a thread during a native call, which aborts the process; it gives a task to any idle
 * thread, but here an encoder, vectors or a training run live in one; and it reports no progress before the answer.
 */
export class Thread<C extends Calls> {
  readonly #other: ThreadEnd;
  readonly #failed: ThreadParams['failed'];
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #ended: string | undefined;
  #closing = false;

  /** Throws `failed` if the system has no thread left, and what `silenceRuntime` throws. */
  constructor({ file, failed, shared = false }: ThreadParams) {
    this.#failed = failed;
    silenceRuntime();
    const heard = { answer: (answer: Answer) => this.#take(answer), ended: (why: string) => this.#end(why) };
    try {
      this.#other = shared ? new SharedEnd(file, heard) : new WorkerEnd(file, heard);
    } catch (error) {
      throw failed(half(error));
    }
  }

  /** Whether it can no longer answer. */
  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** Throws what the call throws if that is a HarnessError, else `failed`; and what `onProgress` throws. */
  call<N extends keyof C & string>(
    name: N,
    params: ParamsOf<C[N]>,
    { transfer = [], onProgress }: CallOptions<ProgressOf<C[N]>> = {},
  ): Promise<ResultOf<C[N]>> {
    if (this.#ended !== undefined) return Promise.reject(this.#failed(this.#ended));
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      try {
        this.#other.post({ id, name, params } satisfies Question, transfer);
      } catch (error) {
        return reject(this.#failed(`the request cannot be sent (${half(error)})`));
      }
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject, onProgress });
      this.#other.hold(true);
    });
  }

  /** Ends the thread, after its current native call. Pending calls fail; this never fails itself. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#end('it was closed');
    await this.#other.close();
  }

  #take(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    if (waiting === undefined) return;
    if (answer.kind === 'progress') {
      try {
        waiting.onProgress?.(answer.progress as never);
      } catch (error) {
        this.#forget(answer.id);
        waiting.reject(error);
      }
      return;
    }
    this.#forget(answer.id);
    if (answer.kind === 'done') waiting.resolve(answer.value);
    else waiting.reject(answer.kind === 'complaint' ? new HarnessError(answer.complaint.code, answer.complaint) : this.#failed(answer.why));
  }

  #forget(id: number): void {
    this.#waiting.delete(id);
    this.#rest();
  }

  #end(why: string): void {
    this.#ended ??= why;
    for (const { reject } of this.#waiting.values()) reject(this.#failed(this.#ended));
    this.#waiting.clear();
    this.#rest();
  }

  /** With no pending call it does not keep the process alive. */
  #rest(): void {
    if (this.#waiting.size === 0 && !this.#closing) this.#other.hold(false);
  }
}
