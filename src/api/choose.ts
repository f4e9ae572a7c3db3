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
import { calledHere, renamedReasons } from './called.ts';
import type { ExperimentOptions } from './experiment-options.ts';
import { askedFor, openOptions } from './options.ts';
import type { ChooseOptions } from './requests.ts';
import type { ChoiceRow } from './rows.ts';
import { writeRun } from './write-run.ts';

/** How a choice is run. */
export interface ChooseExperimentOptions extends Omit<ExperimentOptions, 'shard' | 'policy'> {
  /**
   * What becomes of an earlier choice, and of rows that were made from other files: `same-inputs` (default) goes on with the one, and
   * rejects with OUTPUT for the others; `overwrite` begins anew, and replaces them.
   */
  readonly policy?: 'same-inputs' | 'overwrite' | undefined;
  /** Folder for the winner, to be used among `encoders`; with several datasets a folder for each in it. */
  readonly save?: string | undefined;
  /** Whether texts of train go into that folder, to explain predictions by; if omitted, they do. */
  readonly texts?: boolean | undefined;
}

/** What `choose` comes to. */
export interface ChooseResult {
  /** Dataset by dataset what to do, and how sure that is: a sentence each. */
  readonly sentences: readonly string[];
  /** Dataset by dataset the trainings of each candidate, the chosen one first. */
  readonly rows: readonly ChoiceRow[];
  /** By the names of the rows, how the encoder is asked for: what `encoders` of another request takes. */
  readonly encoders: Readonly<Record<string, string>>;
  /** What the choice went on without, and why. */
  readonly failures: readonly Failure[];
  /** Sentences for a person: warnings, and what was found out about the files and the race. */
  readonly notes: readonly string[];
}

/**
 * Chooses one of several encoders for each dataset within a budget of time (`budget`, seconds) or of passes of texts (`budgetTexts`):
 * frozen encoders are screened, those that are left race by training on growing parts of train, and the winner is trained on all of it:
 * what `bench choose` does. Rejects as `finetune` does, and with OPTION where the budget does not last for one training.
 */
export function choose(request: ChooseOptions, options: ChooseExperimentOptions = {}): Promise<ChooseResult> {
  return calledHere(async () => {
    const started = new Date();
    const asked = askedFor('choose', request);
    const opened = openOptions('choose', options, asked);
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
