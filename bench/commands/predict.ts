import type { Readable } from 'node:stream';
import { predictRows, rowsBefore } from '../../src/classifiers/output/predict-rows.ts';
import type { PlacedRow } from '../../src/classifiers/output/rows-writer.ts';
import { DEVICE_FLAGS, openWorkspace, tablesOf } from '../flags/inputs.ts';
import { isSet, RESOURCE_OPTIONS, SOURCE_OPTIONS } from '../flags/options.ts';
import { FROZEN_FLAGS, PREDICT_FLAGS } from '../flags/predict.ts';
import { flagsOnDevice } from '../terminal/device.ts';
import { interruption } from '../terminal/interrupt.ts';
import { DONE_OPTION, printDone } from '../terminal/listing.ts';
import { noted } from '../terminal/noted.ts';
import { openProgress } from '../terminal/progress.ts';
import { say } from '../terminal/say.ts';
import type { Terminal, CommandModule } from '../command-module.ts';
import { askedOf, type Asked } from './predict-asked.ts';
import { modelOf } from './predict-model.ts';
import type { Model, ModelParams } from './predict-opened.ts';
import { fileOutput, keyOf, streamOutput } from './predict-output.ts';
import { classWork, numberWork } from './predict-texts.ts';
import { tagWork } from './predict-words.ts';
import type { Started, Work } from './predict-work.ts';

/** `bench predict`: predicts new texts with a model. */
export const command: CommandModule = {
  summary:
    'Classify texts or tag words with a saved model, or with a frozen encoder and labelled texts. All columns of the input are kept.',
  options: {
    ...PREDICT_FLAGS,
    ...FROZEN_FLAGS,
    ...DEVICE_FLAGS,
    ...RESOURCE_OPTIONS,
    ...DONE_OPTION,
    quiet: { type: 'boolean', describe: 'Hide progress.' },
    ...SOURCE_OPTIONS,
  },
  examples: [
    ['bench predict --model my-model --input new.csv --out labelled.csv', 'The columns of new.csv, then label and confidence.'],
    ['cat texts.txt | bench predict --model my-model --input - --top 3', 'To standard output, with the three most probable classes.'],
    ['bench predict --model my-model --input test.csv --label-column topic --out scored.csv', 'Scores against a column, with intervals.'],
    [
      'bench predict --model all-MiniLM-L6-v2 --dataset mine.csv --label-column topic --input new.jsonl',
      'A frozen encoder, without training.',
    ],
    [
      'bench predict --model ner --input new.conll --label-column 2 --out tagged.conll',
      'A model of words: the lines as they are, with a last column.',
    ],
  ],
  async run(given, terminal) {
    const progress = openProgress({ stream: terminal.err, quiet: isSet(given, 'quiet') });
    const said = noted((line) => (isSet(given, 'quiet') ? say(terminal.err, line) : progress.log(line)));
    const workspace = openWorkspace(given, progress, terminal);
    try {
      const argv = await flagsOnDevice(given, progress.log);
      return await predict({ argv, workspace, progress, warn: said.warn, terminal, notes: () => [...workspace.notes, ...said.notes] });
    } finally {
      progress.close();
    }
  },
};

interface PredictParams extends ModelParams {
  readonly terminal: Terminal;
  /** Read for `-`. Default: the standard input of the process. */
  readonly stdin?: Readable | undefined;
  readonly notes: () => readonly string[];
}

async function predict(params: PredictParams): Promise<number> {
  const asked = askedOf(params.argv);
  const model = await modelOf(params);
  const all = { ...params, asked, model };
  if (model.words === true) return interruptible(all, await tagWork(all));
  if (model.numbers !== undefined) return interruptible(all, await numberWork(all));
  return interruptible(all, await classWork(all));
}

interface Predicting extends PredictParams {
  readonly asked: Asked;
  readonly model: Model;
}

type Cut = { readonly truncated: boolean };

async function interruptible<R extends PlacedRow, P extends Cut, S>(params: Predicting, work: Work<R, P, S>): Promise<number> {
  const controller = new AbortController();
  controller.signal.addEventListener('abort', work.end);
  const interrupted = interruption(params.warn, controller);
  try {
    return await predictInto(params, work, controller.signal);
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    return interrupted.status;
  } finally {
    interrupted.end();
    work.end();
  }
}

async function predictInto<R extends PlacedRow, P extends Cut, S>(
  params: Predicting,
  work: Work<R, P, S>,
  signal: AbortSignal,
): Promise<number> {
  const { argv, progress, warn, terminal, notes, asked, model } = params;
  const opened = await model.open(signal);
  const { classifier, encoder, dim } = opened;
  const { name, total, decided } = work;
  const { out, overwrite, format, skipInvalid } = asked;
  const { fileHash, maxLength, prompt, device } = encoder;
  const how = [fileHash, maxLength, prompt?.text, dim, ...(device === 'cpu' ? [] : [{ device }])];
  const key = keyOf([classifier.hash, ...how, ...decided, tablesOf(argv)]);
  const output = out === undefined ? streamOutput(terminal) : await fileOutput(out, { overwrite, key });
  let started: Started<R, P, S> | undefined;
  try {
    if (output.resumed !== undefined) warn(`${out}: resuming interrupted run after row ${output.resumed.read}.`);
    started = await work.start(opened, signal);
    // Speed of this run only.
    const before = rowsBefore(output);
    const task = progress.task(`Classifying ${name}`, total && total - before, work.rows);
    const result = await predictRows({
      ...started,
      name,
      output,
      skipInvalid,
      onProgress: (rows) => task.update(rows - before),
      isEnded: output.isEnded,
    });
    if (output.isEnded()) return 0;
    await output.file?.finish();
    task.end();
    progress.close();
    for (const line of work.said(result, opened)) warn(line);
    if (out === undefined) return 0;
    const counted = work.rows === 'texts' ? 'row' : 'sentence';
    say(terminal.err, `${result.rows} ${result.rows === 1 ? counted : `${counted}s`} in ${out}`);
    printDone({ command: 'predict', notes: notes(), rows: [work.done(result, opened)] }, format, terminal);
    return 0;
  } catch (error) {
    const isBegun = (await output.file?.leave()) === true;
    if (isBegun) warn(`Interrupted, progress saved in ${out}.part; run the same command to resume.`);
    throw error;
  } finally {
    await started?.close();
  }
}
