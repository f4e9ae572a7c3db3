import { chooseExperiment } from '../experiment/choose.ts';
import { resolveChoose } from '../experiment/resolve/resolve-choose.ts';
import { encoderValue } from '../opening/encoder-ref.ts';
import { choiceRows } from '../report/choice-rows.ts';
import { choiceSentence } from '../report/choice-words.ts';
import { typedRows } from '../report/output/output.ts';
import { sentencesOf } from '../report/render-choices.ts';
import { titlesOf } from '../report/registry-titles.ts';
import { writeChoices } from '../report/write-choices.ts';
import type { Failure } from '../results/row.ts';
import { withApiNames, renamedReasons } from './option-names.ts';
import type { ExperimentOptions } from './experiment-options.ts';
import { onDevice } from './device.ts';
import { checkedRequest, openOptions } from './options.ts';
import type { ChooseOptions } from './requests.ts';
import type { ChoiceRow } from './rows.ts';
import { writeRun } from './write-run.ts';

/** How a choice is run. */
export interface ChooseExperimentOptions extends Omit<ExperimentOptions, 'shard' | 'policy'> {
  /**
   * What happens to an earlier choice, and to rows made from other files: `same-inputs` (default) resumes the former and rejects the latter
   * with OUTPUT; `overwrite` starts over and replaces them.
   */
  readonly policy?: 'same-inputs' | 'overwrite' | undefined;
  /** Folder to save the winner in, which can be used in `encoders`; with several datasets, one subfolder per dataset. */
  readonly save?: string | undefined;
  /** Whether training texts are saved in that folder, to explain predictions with. Default: true. */
  readonly texts?: boolean | undefined;
}

/** Result of `choose`. */
export interface ChooseResult {
  /** Per dataset: what to do and how certain that is, in one sentence. */
  readonly sentences: readonly string[];
  /** Per dataset: the training runs of each candidate, the winner first. */
  readonly rows: readonly ChoiceRow[];
  /** Row name to encoder reference, as `encoders` of another request takes it. */
  readonly encoders: Readonly<Record<string, string>>;
  /** What was skipped, and why. */
  readonly failures: readonly Failure[];
  /** Human-readable only: warnings, and findings about the files and the race. */
  readonly notes: readonly string[];
}

/**
 * Chooses one of several encoders for each dataset within a budget of time (`budget`, seconds) or of text passes (`budgetTexts`): frozen
 * encoders are screened, the remaining ones are fine-tuned on growing parts of the training set, and the winner is fine-tuned on all of it.
 * The same as `bench choose`. Rejects as `finetune` does, and with OPTION if the budget does not suffice for one training run.
 */
export function choose(request: ChooseOptions, options: ChooseExperimentOptions = {}): Promise<ChooseResult> {
  return withApiNames(async () => {
    const started = new Date();
    const checked = checkedRequest('choose', request);
    const opened = openOptions('choose', options, checked);
    const asked = await onDevice(checked, opened);
    const { save, texts } = options;
    const { workspace } = opened;
    const experiment = resolveChoose(asked, workspace, opened.resources);
    const { result, results } = await opened.run((host) => chooseExperiment(experiment, host, { save, texts }));
    const { choices, failures } = result;
    const titles = titlesOf(workspace);
    if (results !== undefined) {
      const { seeds, trainer } = experiment.choice;
      await writeChoices(results, choices, titles);
      await writeRun({ ...result, kept: 0, results, request: asked, started, seed: seeds[0]!, device: trainer.device, opened });
    }
    return {
      sentences: choices.map((choice) => choiceSentence(choice, titles)),
      rows: typedRows('choose', choices.flatMap(choiceRows)),
      encoders: Object.fromEntries(experiment.encoders.map((ref) => [ref.name, encoderValue(ref)])),
      failures: renamedReasons(failures),
      notes: [...opened.notes(), ...choices.flatMap((choice) => sentencesOf(choice, titles).slice(1))],
    };
  });
}
