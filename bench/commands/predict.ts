import type { Readable } from 'node:stream';
import { predictRows, rowsBefore } from '../../src/classifiers/output/predict-rows.ts';
import { RowsText, type OutputFormat, type RowsTextParams } from '../../src/classifiers/output/rows-text.ts';
import { survey } from '../../src/classifiers/output/usable-rows.ts';
import { Predictor } from '../../src/classifiers/predictor.ts';
import { INPUT_FORMATS } from '../../src/datasets/input/input-format.ts';
import type { InputTable } from '../../src/datasets/input/input-rows.ts';
import { openInput, STANDARD_INPUT } from '../../src/datasets/input/open-input.ts';
import { joinLabels } from '../../src/datasets/split-corpus.ts';
import { HarnessError } from '../../src/errors.ts';
import { FORMATS, type Format } from '../../src/report/render.ts';
import { openWorkspace, tablesOf } from '../flags/inputs.ts';
import { isSet, RESOURCE_OPTIONS, SOURCE_OPTIONS, text, whole, word } from '../flags/options.ts';
import { explainOf, FROZEN_FLAGS, PREDICT_FLAGS } from '../flags/predict.ts';
import { interruption } from '../terminal/interrupt.ts';
import { DONE_OPTION, printDone } from '../terminal/listing.ts';
import { noted } from '../terminal/noted.ts';
import { openProgress } from '../terminal/progress.ts';
import { say } from '../terminal/say.ts';
import type { Arguments, Terminal, Verb } from '../verb.ts';
import { modelOf, type Model, type ModelParams } from './predict-model.ts';
import { fileOutput, formatLike, keyOf, outputFormatOf, streamOutput } from './predict-output.ts';
import { doneRow, saidLines } from './predict-said.ts';

/** `bench predict`: what a model says of new texts. */
export const verb: Verb = {
  summary: 'Classify texts: with a model that was saved, or a frozen encoder and texts with labels. All columns of the input are kept.',
  options: {
    ...PREDICT_FLAGS,
    ...FROZEN_FLAGS,
    ...RESOURCE_OPTIONS,
    ...DONE_OPTION,
    quiet: { type: 'boolean', describe: 'No progress.' },
    ...SOURCE_OPTIONS,
  },
  examples: [
    ['bench predict --model my-model --input new.csv --out labelled.csv', 'The columns of new.csv, then label and confidence.'],
    ['cat texts.txt | bench predict --model my-model --input - --top 3', 'To standard output, with the three most probable classes.'],
    ['bench predict --model my-model --input test.csv --label-column topic --out scored.csv', 'Scores against a column, with intervals.'],
    [
      'bench predict --model all-MiniLM-L6-v2 --dataset mine.csv --label-column topic --input new.jsonl',
      'A frozen encoder: nothing is trained.',
    ],
  ],
  async run(argv, terminal) {
    const progress = openProgress({ stream: terminal.err, quiet: isSet(argv, 'quiet') });
    const said = noted((line) => (isSet(argv, 'quiet') ? say(terminal.err, line) : progress.log(line)));
    const workspace = openWorkspace(argv, progress, terminal);
    try {
      return await predict({ argv, workspace, progress, warn: said.warn, terminal, notes: () => [...workspace.notes, ...said.notes] });
    } finally {
      progress.close();
    }
  },
};

interface PredictParams extends ModelParams {
  readonly terminal: Terminal;
  /** Read for `-`; the process's where left out. */
  readonly stdin?: Readable | undefined;
  readonly notes: () => readonly string[];
}

/** What is asked for, whatever the model and the input are. */
interface Asked {
  readonly out: string | undefined;
  readonly outFormat: OutputFormat | undefined;
  readonly overwrite: boolean;
  readonly top: number | undefined;
  readonly explain: number;
  readonly prefix: string;
  readonly skipInvalid: boolean;
  /** Column that predictions are compared with. */
  readonly labels: string | undefined;
  readonly separator: string | undefined;
  /** What is printed of the file. */
  readonly format: Format;
}

function askedOf(argv: Arguments): Asked {
  const out = text(argv, 'out');
  const format = word(argv, 'format', FORMATS) ?? 'table';
  if (out === undefined && format !== 'table') {
    throw new HarnessError('OPTION', {
      where: '--format',
      what: 'It says what is printed of a file, and predictions go to standard output.',
      hint: 'Name a file with --out.',
    });
  }
  if (out === undefined && isSet(argv, 'overwrite')) {
    throw new HarnessError('OPTION', {
      where: '--overwrite',
      what: 'There is no file to replace.',
      hint: 'Name one with --out, or leave it out.',
    });
  }
  const { labelColumn: labels, labelSeparator: separator, skipInvalid = false } = tablesOf(argv);
  return {
    out,
    outFormat: outputFormatOf(out, text(argv, 'input')!),
    overwrite: isSet(argv, 'overwrite'),
    top: whole(argv, 'top'),
    explain: explainOf(argv),
    prefix: text(argv, 'prefix') ?? '',
    skipInvalid,
    labels,
    separator,
    format,
  };
}

interface OpenedInput {
  readonly name: string;
  readonly input: InputTable;
  /** Rows to come; undefined where it cannot be looked through before. */
  readonly total: number | undefined;
  /** Ends what is waited for. */
  readonly end: () => void;
  /** From its first row on. */
  readonly again: () => Promise<InputTable>;
}

async function predict(params: PredictParams): Promise<number> {
  const { argv, warn } = params;
  const asked = askedOf(argv);
  const model = await modelOf(params);
  checkTop(asked, model);
  checkPairs(argv, model);
  const opened = await inputOf(params, asked, model);
  const controller = new AbortController();
  controller.signal.addEventListener('abort', opened.end);
  const interrupted = interruption(warn, controller);
  try {
    return await predictInto(params, { asked, model, opened, signal: controller.signal });
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    return interrupted.status;
  } finally {
    interrupted.end();
    opened.end();
  }
}

interface IntoParams {
  readonly asked: Asked;
  readonly model: Model;
  readonly opened: OpenedInput;
  readonly signal: AbortSignal;
}

async function predictInto(
  { argv, progress, warn, terminal, notes }: PredictParams,
  { asked, model, opened, signal }: IntoParams,
): Promise<number> {
  const { classifier, encoder, dim } = await model.open(signal);
  const { name, input, total } = opened;
  const { out } = asked;
  const { overwrite, format: _printed, out: _named, ...written } = asked;
  const key = keyOf([
    classifier.hash,
    encoder.fileHash,
    encoder.maxLength,
    encoder.prompt?.text,
    dim,
    written,
    input.format,
    input.dialect,
    tablesOf(argv),
  ]);
  const output = out === undefined ? streamOutput(terminal) : await fileOutput(out, { overwrite, key });
  let predictor: Predictor | undefined;
  try {
    if (output.resumed !== undefined) warn(`${out}: goes on behind row ${output.resumed.read}, where the same command was ended.`);
    const { top, explain } = asked;
    predictor = await Predictor.open({
      classifier,
      encoder,
      dim,
      threads: whole(argv, 'threads')!,
      tokenBudget: whole(argv, 'token-budget')!,
      top,
      explain,
      signal,
    });
    // Speed is that of this run.
    const before = rowsBefore(output);
    const task = progress.task(`Classifying ${name}`, total && total - before, 'texts');
    const result = await predictRows({
      predictor,
      input: await opened.again(),
      text: rowsTextOf(asked, { name, input, model }),
      output,
      skipInvalid: asked.skipInvalid,
      scored: asked.labels === undefined ? undefined : { ...classifier.record, separator: asked.separator },
      numbers: model.numbers && classifier.record,
      onProgress: (rows) => task.update(rows - before),
      isEnded: output.isEnded,
    });
    if (output.isEnded()) return 0;
    await output.file?.finish();
    task.end();
    progress.close();
    for (const line of saidLines(result, { name, maxLength: encoder.maxLength, column: asked.labels, isFrozen: model.isFrozen })) warn(line);
    if (out === undefined) return 0;
    say(terminal.err, `${result.rows} ${result.rows === 1 ? 'row' : 'rows'} in ${out}`);
    printDone({ command: 'predict', notes: notes(), rows: [doneRow(result, { out, encoder: encoder.name })] }, asked.format, terminal);
    return 0;
  } catch (error) {
    const isBegun = (await output.file?.leave()) === true;
    if (isBegun) warn(`What was classified so far is in ${out}.part: the same command goes on from there.`);
    throw error;
  } finally {
    await predictor?.close();
  }
}

function rowsTextOf(
  { outFormat, top, explain, prefix }: Asked,
  { name, input, model }: { name: string; input: InputTable; model: Model },
): RowsTextParams {
  return { name, input, format: outFormat ?? formatLike(input.format), added: { multiLabel: model.multiLabel, numbers: model.numbers, top, explain, prefix } };
}

/** Opens the input, and looks through it where it is a file. */
async function inputOf({ argv, warn, stdin }: PredictParams, asked: Asked, model: Model): Promise<OpenedInput> {
  const from = text(argv, 'input')!;
  const { textColumn, textPairColumn: pairColumn, labelColumn, delimiter, encoding } = tablesOf(argv);
  const params = {
    format: word(argv, 'input-format', INPUT_FORMATS),
    textColumn: text(argv, 'input-text-column') ?? textColumn,
    pairColumn: model.pairs === true ? pairColumn : undefined,
    labelColumn,
    sharedColumns: model.isFrozen,
    delimiter,
    encoding,
    note: warn,
  };
  if (from === '-') {
    const stream = stdin ?? process.stdin;
    const input = await openInput({ ...params, from: stream });
    const end = (): void => void stream.destroy();
    // Its columns are looked at before the encoder is opened.
    new RowsText(rowsTextOf(asked, { name: STANDARD_INPUT, input, model })).checkHeader();
    return { name: STANDARD_INPUT, input, total: undefined, end, again: () => Promise.resolve(input) };
  }
  const input = await openInput({ ...params, from });
  const rowsText = new RowsText(rowsTextOf(asked, { name: from, input, model }));
  rowsText.checkHeader();
  const total = await survey({ name: from, rows: input.rows, skipInvalid: asked.skipInvalid }, rowsText);
  return { name: from, input, total, end: () => undefined, again: () => openInput({ ...params, from, known: input }) };
}

/** Throws OPTION for what numbers have not, for more classes than there are, and for classes whose names a table cannot have in one cell. */
function checkTop({ top, explain, outFormat, separator }: Asked, { classes, multiLabel, numbers }: Model): void {
  const asked = [
    ['--top', top !== undefined, 'which have no classes'],
    ['--explain', explain > 0, 'and keeps no train texts'],
    ['--label-separator', separator !== undefined, 'of which a row has one'],
  ] as const;
  const wrong = numbers === undefined ? undefined : asked.find(([, isAsked]) => isAsked);
  if (wrong !== undefined) {
    throw new HarnessError('OPTION', { where: wrong[0], what: `The model predicts numbers, ${wrong[2]}.`, hint: 'Leave it out.' });
  }
  if (top !== undefined && top > classes.length) {
    throw new HarnessError('OPTION', {
      where: '--top',
      what: `The model has ${classes.length} classes, fewer than ${top}.`,
      hint: `Give ${classes.length} at most.`,
    });
  }
  if (multiLabel && outFormat !== 'jsonl') for (const name of classes) joinLabels([name], true);
}

/** Throws OPTION where the model takes pairs and no second column is named, or takes single texts and one is. */
function checkPairs(argv: Arguments, { pairs, isFrozen }: Model): void {
  const { textPairColumn: named } = tablesOf(argv);
  if (isFrozen || (named !== undefined) === (pairs === true)) return;
  const model = text(argv, 'model');
  throw new HarnessError('OPTION', {
    where: '--text-pair-column',
    what: pairs === true ? `${model} reads pairs of texts, and no column of second texts is named.` : `${model} reads single texts, and a second column is named.`,
    hint: pairs === true ? 'Name it.' : 'Leave it out.',
  });
}
