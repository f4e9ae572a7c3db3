import { setImmediate } from 'node:timers/promises';
import type { Tensor } from '../graph/runtime.ts';

export type Tensors = Readonly<Record<string, Tensor>>;

export interface CardBatchesParams {
  /** Queues a run on the card, and returns at once: the outputs stay there. */
  readonly run: (feeds: Tensors) => Promise<Tensors>;
  /** Copies outputs to the CPU, which waits for all that is queued. */
  readonly read: (outputs: Tensors) => Promise<Tensors>;
  /** Batches that are read together. */
  readonly group: number;
  /** Outputs of a group, in bytes, from which on it is read although it has fewer batches: it may exceed this by less than one batch. */
  readonly groupBytes: number;
  /**
   * Milliseconds that a group may take, by those of the one before: where batches take so long, waiting for the host costs nothing, and what
   * is begun cannot be given up. Default: any number. Milliseconds are those of `now`.
   */
  readonly groupMs?: number | undefined;
  readonly now?: (() => number) | undefined;
}

interface Waiting {
  readonly feeds: Tensors;
  readonly resolve: (outputs: Tensors) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs batches on a card so that it does not wait for the host. Reading an output waits for all work on the card, and then the card waits
 * for the next commands. So the outputs of several batches stay on the card, to be read together: when a group is full, or when no more
 * batches wait. Results of a group are handed out while the card works on the next.
 */
export class CardBatches {
  readonly #params: CardBatchesParams;
  readonly #waiting: Waiting[] = [];
  /** Results that were read, and are not handed out. */
  readonly #read: (() => void)[] = [];
  #working: Promise<void> | undefined;
  /** Batches of the next group. */
  #most: number;

  constructor(params: CardBatchesParams) {
    this.#params = params;
    // Of a limit in time nothing is known before the first batch, for which a driver compiles its programs.
    this.#most = params.groupMs === undefined ? params.group : 1;
  }

  /** The outputs of a batch, on the CPU. Batches run in the order of the calls. Throws what `run` and `read` throw for this batch alone. */
  run(feeds: Tensors): Promise<Tensors> {
    const outputs = new Promise<Tensors>((resolve, reject) => this.#waiting.push({ feeds, resolve, reject }));
    if (this.#working === undefined) this.#working = this.#work();
    return outputs;
  }

  /** Rejects the batches that are not begun. Those of a group that is begun are read. */
  drop(why: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(why);
  }

  async #work(): Promise<void> {
    for (;;) {
      // Messages that came during native calls are heard before another group is begun.
      await setImmediate();
      const next = this.#waiting.shift();
      if (next === undefined) break;
      await this.#runGroup(next);
    }
    this.#working = undefined;
    this.#handOut(Infinity);
  }

  /** The next batch; undefined if no request has come in meanwhile, while native calls kept the thread from hearing of them. */
  async #next(): Promise<Waiting | undefined> {
    if (this.#waiting.length === 0) await setImmediate();
    return this.#waiting.shift();
  }

  /** Never throws: errors are answers. */
  async #runGroup(first: Waiting): Promise<void> {
    const { run, read, group, groupBytes, groupMs = Infinity, now = () => performance.now() } = this.#params;
    const begun = now();
    const batches: Waiting[] = [];
    const queued: Tensors[] = [];
    const results: Tensors[] = [];
    try {
      let bytes = 0;
      for (let next: Waiting | undefined = first; next !== undefined;) {
        batches.push(next);
        const outputs = await run(next.feeds);
        queued.push(outputs);
        bytes += bytesOf(outputs);
        this.#handOut(1);
        next = batches.length < this.#most && bytes < groupBytes ? await this.#next() : undefined;
      }
      this.#handOut(Infinity);
      for (const outputs of queued) results.push(await read(outputs));
      const each = (now() - begun) / batches.length;
      this.#most = Math.max(1, Math.min(group, Math.floor(groupMs / each)));
    } catch (error) {
      this.#handOut(Infinity);
      release(queued.splice(0));
      // Of several it is not certain which failed, or what the others would read, and memory may be missing only for all of them together.
      if (batches.length === 1) first.reject(error);
      else for (const batch of batches) await this.#runAlone(batch);
      return;
    } finally {
      release(queued);
    }
    for (const [i, outputs] of results.entries()) this.#read.push(() => batches[i]!.resolve(outputs));
  }

  async #runAlone({ feeds, resolve, reject }: Waiting): Promise<void> {
    const { run, read } = this.#params;
    let outputs: Tensors = {};
    try {
      outputs = await run(feeds);
      resolve(await read(outputs));
    } catch (error) {
      reject(error);
    } finally {
      release([outputs]);
    }
  }

  /** Hands out at most `most` results, which are then used by whoever awaits them, before anything else runs. */
  #handOut(most: number): void {
    for (const resolve of this.#read.splice(0, most)) resolve();
  }
}

function bytesOf(outputs: Tensors): number {
  return Object.values(outputs).reduce((sum, { size }) => sum + Float32Array.BYTES_PER_ELEMENT * size, 0);
}

/** Nothing else collects tensors on the card. */
function release(all: readonly Tensors[]): void {
  for (const outputs of all) for (const tensor of Object.values(outputs)) if (tensor.location === 'gpu-buffer') tensor.dispose();
}
