import { HarnessError, type CodedComplaint } from '../errors.ts';
import { runtimeThread } from '../graph/runtime-thread.ts';
import { watch, type Watched } from '../thread.ts';
import type { Opened, StepRequest, StepResult, TrainerParams } from './trainer-params.ts';
import type { TokenText } from './text-batch.ts';

export interface StateFiles {
  readonly weights: string;
  /** The optimiser's state. */
  readonly moments?: string | undefined;
}

export interface Question {
  readonly id: number;
  readonly ask:
    | { readonly kind: 'open'; readonly params: TrainerParams }
    | { readonly kind: 'step'; readonly request: StepRequest }
    | { readonly kind: 'embed'; readonly texts: readonly TokenText[] }
    | { readonly kind: 'parameters' }
    | { readonly kind: 'save' | 'restore'; readonly files: StateFiles };
}

export interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: CodedComplaint;
}

/** An encoder being trained in a thread of its own: TrainerCore from afar. */
export class Trainer {
  readonly #worker = runtimeThread(new URL('./worker.js', import.meta.url));
  readonly #watched: Watched;
  readonly #pending = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  #next = 0;
  opened!: Opened;

  private constructor() {
    this.#worker.on('message', ({ id, result, error }: Answer) => {
      const waiting = this.#pending.get(id);
      this.#pending.delete(id);
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(new HarnessError(error.code, error));
    });
    this.#watched = watch(this.#worker, (why) => {
      for (const { reject } of this.#pending.values()) reject(complaint(why));
      this.#pending.clear();
    });
  }

  /** Throws as TrainerCore.open does. */
  static async open(params: TrainerParams): Promise<Trainer> {
    const trainer = new Trainer();
    try {
      trainer.opened = (await trainer.#ask({ kind: 'open', params })) as Opened;
      return trainer;
    } catch (error) {
      await trainer.close();
      throw error;
    }
  }

  step(request: StepRequest): Promise<StepResult> {
    return this.#ask({ kind: 'step', request }) as Promise<StepResult>;
  }

  /** Vectors [texts, width] of texts of one length. */
  embed(texts: readonly TokenText[]): Promise<Float32Array> {
    return this.#ask({ kind: 'embed', texts }) as Promise<Float32Array>;
  }

  /** Values of the objective's own tensors. */
  parameters(): Promise<Record<string, Float32Array>> {
    return this.#ask({ kind: 'parameters' }) as Promise<Record<string, Float32Array>>;
  }

  async save(files: StateFiles): Promise<void> {
    await this.#ask({ kind: 'save', files });
  }

  async restore(files: StateFiles): Promise<void> {
    await this.#ask({ kind: 'restore', files });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask(ask: Question['ask']): Promise<unknown> {
    if (this.#watched.ended !== undefined) return Promise.reject(complaint(this.#watched.ended));
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ id, ask } satisfies Question);
    });
  }
}

function complaint(why: string): HarnessError {
  return new HarnessError('GRAPH', { what: `Training ended: ${why}.` });
}
