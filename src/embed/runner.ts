import { tokenTable } from '../graph/token-table.ts';
import { EncoderSession, type SessionParams } from './session.ts';
import { TableRunner } from './table-runner.ts';
import type { RunParams } from './worker.ts';

/** What makes vectors of token ids. */
export interface Runner {
  /** Vectors of a batch, for each spec [count, its width]; to be given back. `ids` [count, length] is taken over. */
  run(batch: Omit<RunParams, 'spent'>): Promise<Float32Array[]>;
  /** Takes results back that are done with. */
  giveBack(vectors: readonly Float32Array[]): void;
  close(): Promise<void>;
}

/**
 * A thread with the runtime; of an encoder that is a table of token vectors alone, the table, which is read faster than a call of the
 * runtime takes. Throws as they do.
 */
export async function openRunner(params: SessionParams): Promise<Runner> {
  const { encoder, specs, skip } = params;
  const { model, states, depth } = encoder;
  const found = depth === 0 && states.length === 1 ? tokenTable(model, states[0]!) : undefined;
  return found === undefined ? EncoderSession.open(params) : TableRunner.open({ ...found, folder: model.folder, specs, skip });
}
