import { finetuneExperiment } from '../experiment/finetune.ts';
import type { RequestInput } from '../experiment/read-request.ts';
import { resolveFinetune } from '../experiment/resolve.ts';
import { typedRows } from '../report/output/output.ts';
import { sortRows } from '../results/order.ts';
import { calledHere, renamedReasons } from './called.ts';
import { askedFor, openOptions, type ExperimentOptions } from './options.ts';
import type { RunResult } from './run.ts';
import { writeRun } from './write-run.ts';

export type FinetuneOptions = Omit<RequestInput<'finetune'>, 'command'>;

export interface FinetuneExperimentOptions extends ExperimentOptions {
  /** Folder for the trained encoder, usable as `./FOLDER` among encoders; with several seeds a folder for each in it. */
  readonly save?: string | undefined;
}

/**
 * Trains encoders on datasets by class-driven embedding alignment or with a classification head, and scores them beside the frozen ones:
 * what `bench finetune` does. Throws as `run` does.
 */
export function finetune(request: FinetuneOptions, options: FinetuneExperimentOptions = {}): Promise<RunResult> {
  return calledHere(async () => {
    const started = new Date();
    const asked = askedFor('finetune', request);
    const opened = openOptions('finetune', options, asked);
    const { save } = options;
    const experiment = resolveFinetune(asked, opened.workspace, opened.resources);
    const { result, results } = await opened.run((host) => finetuneExperiment(experiment, host, { save }));
    const { rows, kept, failures } = result;
    if (results !== undefined) {
      const { seeds, trainer } = experiment.choice;
      await writeRun({ ...result, results, request: asked, started, seed: seeds[0]!, device: trainer.device, opened });
    }
    return { rows: typedRows('finetune', sortRows(rows)), kept, failures: renamedReasons(failures), notes: opened.notes() };
  });
}
