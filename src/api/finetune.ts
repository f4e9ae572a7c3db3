import { finetuneExperiment } from '../experiment/finetune.ts';
import { resolveFinetune } from '../experiment/resolve/resolve-finetune.ts';
import { typedRows } from '../report/output/output.ts';
import { sortRows } from '../results/order.ts';
import { withApiNames, renamedReasons } from './option-names.ts';
import type { ExperimentOptions } from './experiment-options.ts';
import { onDevice } from './device.ts';
import { checkedRequest, openOptions } from './options.ts';
import type { FinetuneOptions } from './requests.ts';
import type { RunResult } from './run.ts';
import { writeRun } from './write-run.ts';

/** How a fine-tuning is run. */
export interface FinetuneExperimentOptions extends ExperimentOptions {
  /**
   * Folder to save the trained classifier in, whose encoder can be used in `encoders`, too. With several training runs each has a
   * subfolder: `seed-N` if only the seeds differ, else ENCODER-DATASET-OBJECTIVE-seed-N.
   */
  readonly save?: string | undefined;
  /** Whether training texts are saved in that folder, to explain predictions with. Default: true. */
  readonly texts?: boolean | undefined;
}

/**
 * Fine-tunes encoders on datasets by class-driven embedding alignment or with a classification head, and scores them together with the
 * frozen encoders. The same as `bench finetune`. Rows of a fine-tuned encoder have its `objective`, `seed` and best `epoch`; those of a
 * frozen one have null. Without an encoder and a dataset it runs a small example. Rejects as `run` does, and with TRAINING if training
 * fails.
 */
export function finetune(request: FinetuneOptions, options: FinetuneExperimentOptions = {}): Promise<RunResult> {
  return withApiNames(async () => {
    const started = new Date();
    const checked = checkedRequest('finetune', request);
    const opened = openOptions('finetune', options, checked);
    const asked = await onDevice(checked, opened);
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
