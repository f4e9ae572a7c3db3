import { HarnessError } from '../errors.ts';
import { Thread } from '../threads/thread.ts';
import type { TokenText } from './text-batch.ts';
import type { Opened, StateFiles, StepRequest, StepResult, TrainerParams } from './trainer-params.ts';
import type { TrainerCalls } from './worker.ts';

/** An encoder being trained in a separate thread: a proxy of TrainerCore. */
export class Trainer {
  readonly #thread: Thread<TrainerCalls>;
  opened!: Opened;

  private constructor({ device }: TrainerParams) {
    this.#thread = new Thread({
      file: new URL('./worker.js', import.meta.url),
      failed: (why) => new HarnessError('GRAPH', { what: `Training ended: ${why}.` }),
      shared: device !== 'cpu',
    });
  }

  /** Throws as TrainerCore.open does. */
  static async open(params: TrainerParams): Promise<Trainer> {
    const trainer = new Trainer(params);
    try {
      trainer.opened = await trainer.#thread.call('open', params);
      return trainer;
    } catch (error) {
      await trainer.close();
      throw error;
    }
  }

  step(request: StepRequest): Promise<StepResult> {
    return this.#thread.call('step', request);
  }

  /** Vectors [texts, width], or [words, width], of texts of one length. */
  embed(texts: readonly TokenText[]): Promise<Float32Array> {
    return this.#thread.call('embed', texts);
  }

  /** Values of the objective's parameters. */
  parameters(): Promise<Record<string, Float32Array>> {
    return this.#thread.call('parameters', undefined);
  }

  save(files: StateFiles): Promise<void> {
    return this.#thread.call('save', files);
  }

  restore(files: StateFiles): Promise<void> {
    return this.#thread.call('restore', files);
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}
