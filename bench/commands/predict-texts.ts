import type { PredictRowsParams } from '../../src/classifiers/output/predict-rows.ts';
import { OUTPUT_FORMATS, RowsText, type OutputFormat, type RowsTextParams } from '../../src/classifiers/output/rows-text.ts';
import { ScoredNumbers, type NumberCounts, type NumberRowScores } from '../../src/classifiers/output/scored-numbers.ts';
import { ScoredRows, type RowScores, type ScoredCounts } from '../../src/classifiers/output/scored-rows.ts';
import { survey, type ReadRow } from '../../src/classifiers/output/usable-rows.ts';
import type { AnyPrediction, NumberPrediction, Prediction } from '../../src/classifiers/prediction.ts';
import { Predictor } from '../../src/classifiers/predictor.ts';
import { INPUT_FORMATS } from '../../src/datasets/input/input-format.ts';
import type { InputRow } from '../../src/datasets/input/input-row.ts';
import type { InputTable } from '../../src/datasets/input/input-rows.ts';
import { openInput, STANDARD_INPUT } from '../../src/datasets/input/open-input.ts';
import { joinLabels } from '../../src/datasets/split-corpus.ts';
import type { EncoderInput } from '../../src/encoders/encoder-input.ts';
import { HarnessError } from '../../src/errors.ts';
import { tablesOf } from '../flags/inputs.ts';
import { text, whole, word } from '../flags/options.ts';
import type { Arguments } from '../command-module.ts';
import type { Asked } from './predict-asked.ts';
import type { Model, OpenedModel } from './predict-opened.ts';
import { formatLike, outputFormatOf } from './predict-output.ts';
import { doneRow, numberLines, predictionNotes, scoreLines } from './predict-notes.ts';
import type { Started, Work, WorkParams } from './predict-work.ts';

/** Classifies texts, or text pairs. */
export async function classWork(params: WorkParams): Promise<Work<InputRow, Prediction, RowScores>> {
  const opened = await openTexts(params);
  const { asked, model } = params;
  const { name } = opened;
  return {
    ...opened.work,
    start: async (open, signal) => {
      const { predictor, started } = await opened.start(open, signal);
      const { classes, multiLabel } = open.classifier.record;
      const scored = { classes, multiLabel, separator: asked.separator };
      return {
        ...started,
        predict: (items) => predictor.predict(items, inputOf),
        tally: asked.labels === undefined ? undefined : (earlier) => new ScoredRows(scored, earlier as ScoredCounts | undefined),
      };
    },
    said: (result, { encoder: { maxLength } }) => [
      ...predictionNotes(result, { name, maxLength, rows: 'texts' }),
      // By default this is the label column of the dataset used by k-NN: an input without labels has none to compare with.
      ...(asked.labels === undefined || (model.isFrozen && result.scores === undefined)
        ? []
        : scoreLines(result.scores, { name, column: asked.labels, rows: result.rows })),
    ],
    done: (result, { encoder }) => doneRow(result, { out: asked.out!, encoder: encoder.name, scores: result.scores }),
  };
}

/** The same for a model that predicts numbers. */
export async function numberWork(params: WorkParams): Promise<Work<InputRow, NumberPrediction, NumberRowScores>> {
  const opened = await openTexts(params);
  const { asked } = params;
  const { name } = opened;
  return {
    ...opened.work,
    start: async (open, signal) => {
      const { predictor, started } = await opened.start(open, signal);
      return {
        ...started,
        predict: (items) => predictor.predictNumbers(items, inputOf),
        tally:
          asked.labels === undefined
            ? undefined
            : (earlier) => new ScoredNumbers(open.classifier.record, earlier as NumberCounts | undefined),
      };
    },
    said: (result, { encoder: { maxLength } }) => [
      ...predictionNotes(result, { name, maxLength, rows: 'texts' }),
      ...(asked.labels === undefined ? [] : numberLines(result.scores, { name, column: asked.labels, rows: result.rows })),
    ],
    done: (result, { encoder }) => doneRow(result, { out: asked.out!, encoder: encoder.name, numbers: result.scores }),
  };
}

function inputOf({ row: { text: first, second } }: ReadRow<InputRow>): EncoderInput {
  return second === undefined ? first : { first, second };
}

interface OpenedTexts {
  readonly name: string;
  readonly work: Pick<Work<InputRow, AnyPrediction, never>, 'name' | 'rows' | 'total' | 'decided' | 'end'>;
  readonly start: (
    opened: OpenedModel,
    signal: AbortSignal,
  ) => Promise<{
    readonly predictor: Predictor;
    readonly started: Pick<Started<InputRow, AnyPrediction, never>, 'rows' | 'writer' | 'close'>;
  }>;
}

/** Opens the input, and scans it if it is a file. Throws OPTION for options of texts that the model does not support. */
async function openTexts(params: WorkParams): Promise<OpenedTexts> {
  const { argv, asked, model } = params;
  const outFormat = outputFormatOf({ out: asked.out, input: text(argv, 'input')!, formats: OUTPUT_FORMATS });
  checkTop(asked, model, outFormat);
  checkPairs(argv, model);
  const opened = await inputOfTexts(params, outFormat);
  const { name, input, total, end } = opened;
  const { prefix, labels, separator, top, explain, skipInvalid } = asked;
  const writer: PredictRowsParams<InputRow, AnyPrediction, never>['writer'] = (columns) =>
    new RowsText({ ...rowsTextOf(asked, { name, input, model, outFormat }), columns });
  const written = { outFormat, top, explain, prefix, skipInvalid, labels, separator };
  return {
    name,
    work: { name, rows: 'texts', total, end, decided: [written, input.format, input.dialect, text(argv, 'input-text-column')] },
    start: async ({ classifier, encoder, dim }, signal) => {
      const predictor = await Predictor.open({
        classifier,
        encoder,
        dim,
        threads: whole(argv, 'threads')!,
        tokenBudget: whole(argv, 'token-budget'),
        top,
        explain,
        signal,
      });
      const { rows } = await opened.again();
      return { predictor, started: { rows, writer, close: () => predictor.close() } };
    },
  };
}

interface Written {
  readonly name: string;
  readonly input: InputTable;
  readonly model: Model;
  readonly outFormat: OutputFormat | undefined;
}

function rowsTextOf({ top, explain, prefix }: Asked, { name, input, model, outFormat }: Written): RowsTextParams {
  return {
    name,
    input,
    format: outFormat ?? formatLike(input.format),
    added: { multiLabel: model.multiLabel, numbers: model.numbers, top, explain, prefix },
  };
}

interface OpenedInput {
  readonly name: string;
  readonly input: InputTable;
  readonly total: number | undefined;
  readonly end: () => void;
  /** Reopens it from its first row. */
  readonly again: () => Promise<InputTable>;
}

async function inputOfTexts({ argv, warn, stdin, asked, model }: WorkParams, outFormat: OutputFormat | undefined): Promise<OpenedInput> {
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
    // Columns are checked before the encoder is opened.
    new RowsText(rowsTextOf(asked, { name: STANDARD_INPUT, input, model, outFormat })).checkHeader();
    return { name: STANDARD_INPUT, input, total: undefined, end, again: () => Promise.resolve(input) };
  }
  const input = await openInput({ ...params, from });
  const rowsText = new RowsText(rowsTextOf(asked, { name: from, input, model, outFormat }));
  rowsText.checkHeader();
  const total = await survey({ name: from, rows: input.rows, skipInvalid: asked.skipInvalid }, rowsText);
  return { name: from, input, total, end: () => undefined, again: () => openInput({ ...params, from, known: input }) };
}

/**
 * Throws OPTION for options that numbers do not support, for more classes than there are, and for class names that a table cell cannot
 * separate.
 */
function checkTop({ top, explain, separator }: Asked, { classes, multiLabel, numbers }: Model, outFormat: OutputFormat | undefined): void {
  const asked = [
    ['--top', top !== undefined, 'which have no classes'],
    ['--explain', explain > 0, 'and keeps no train texts'],
    ['--label-separator', separator !== undefined, 'of which a row has one'],
  ] as const;
  const wrong = numbers === undefined ? undefined : asked.find(([, isAsked]) => isAsked);
  if (wrong !== undefined) {
    throw new HarnessError('OPTION', { where: wrong[0], what: `The model predicts numbers, ${wrong[2]}.`, hint: 'Omit it.' });
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

/** Throws OPTION if the model takes pairs and no second column is given, or takes single texts and one is. */
function checkPairs(argv: Arguments, { pairs, isFrozen }: Model): void {
  const { textPairColumn: named } = tablesOf(argv);
  if (isFrozen || (named !== undefined) === (pairs === true)) return;
  const model = text(argv, 'model');
  throw new HarnessError('OPTION', {
    where: '--text-pair-column',
    what:
      pairs === true
        ? `${model} reads pairs of texts, and no column of second texts is named.`
        : `${model} reads single texts, and a second column is named.`,
    hint: pairs === true ? 'Name it.' : 'Omit it.',
  });
}
