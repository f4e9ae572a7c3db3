import { finetuneExperiment } from '../experiment/finetune.ts';
import { resolveFinetune } from '../experiment/resolve/resolve-finetune.ts';
import { typedRows } from '../report/output/output.ts';
import { sortRows } from '../results/order.ts';
import { calledHere, renamedReasons } from './called.ts';
import type { ExperimentOptions } from './experiment-options.ts';
import { askedFor, openOptions } from './options.ts';
import type { FinetuneOptions } from './requests.ts';
import type { RunResult } from './run.ts';
import { writeRun } from './write-run.ts';

/** How a fine-tuning is run. */
export interface FinetuneExperimentOptions extends ExperimentOptions {
  /**
   * Folder for the classifier that the training comes to, whose encoder can be used among `encoders`, too. Of several trainings each has a
   * folder in it: `seed-N` where seeds are all that there are several of, else ENCODER-DATASET-OBJECTIVE-seed-N.
   */
  readonly save?: string | undefined;
  /** Whether texts of train go into that folder, to explain predictions by; if omitted, they do. */
  readonly texts?: boolean | undefined;
}

/**
 * Fine-tunes encoders on datasets by class-driven embedding alignment or with a classification head, and scores them and the frozen ones:
 * what `bench finetune` does. Rows of a trained encoder have its `objective`, `seed` and best `epoch`; those of the frozen one have null.
 * Without an encoder and a dataset it is a small example. Rejects as `run` does, and with TRAINING for a training that cannot go on.
 */
export function finetune(request: FinetuneOptions, options: FinetuneExperimentOptions = {}): Promise<RunResult> {
  return calledHere(async () => {
    const started = new Date();
    const asked = askedFor('finetune', request);
    const opened = openOptions('finetune', options, asked);
    const { save, texts } = options;
    const experiment = resolveFinetune(asked, opened.workspace, opened.resources);
    const { result, results } = await opened.run((host) => finetuneExperiment(experiment, host, { save, texts }));
    const { rows, kept, failures } = result;
    if (results !== undefined) {
      const { seeds, trainer } = experiment.choice;
      await writeRun({ ...result, results, request: asked, started, seed: seeds[0]!, device: trainer.device, opened });
    }
    return { rows: typedRows('finetune', sortRows(rows)), kept, failures: renamedReasons(failures), notes: opened.notes() };
  });
}
