import { SentencesText, SENTENCE_OUTPUT_FORMATS, type SentenceOutputFormat } from '../../src/classifiers/output/sentences-text.ts';
import { TagTally, type TagRowScores, type TagTallyCounts } from '../../src/classifiers/output/tag-tally.ts';
import { survey } from '../../src/classifiers/output/usable-rows.ts';
import type { TaggedWords } from '../../src/classifiers/prediction.ts';
import { outsideOf, Tagger } from '../../src/classifiers/tagger.ts';
import { namedFormat } from '../../src/datasets/formats.ts';
import { STANDARD_INPUT } from '../../src/datasets/input/open-input.ts';
import { openSentences, type SentenceTable } from '../../src/datasets/input/open-sentences.ts';
import { SENTENCE_INPUT_FORMATS, type SentenceInputFormat } from '../../src/datasets/input/sentence-format.ts';
import type { SentenceRow } from '../../src/datasets/input/sentence-row.ts';
import { HarnessError } from '../../src/errors.ts';
import { tablesOf } from '../flags/inputs.ts';
import { text, whole, word } from '../flags/options.ts';
import type { Arguments } from '../command-module.ts';
import { outputFormatOf } from './predict-output.ts';
import { doneTags, lostLines, predictionNotes, tagLines } from './predict-notes.ts';
import type { Work, WorkParams } from './predict-work.ts';

/** Tags the words of sentences. Throws OPTION for options of texts. */
export async function tagWork(params: WorkParams): Promise<Work<SentenceRow, TaggedWords, TagRowScores>> {
  const { argv, asked, model } = params;
  checkAsked(argv);
  const outFormat = formatOf(params);
  const { name, input, total, end, again } = await inputOf(params, outFormat);
  const { prefix, labels, skipInvalid } = asked;
  return {
    name,
    rows: 'sentences',
    total,
    end,
    decided: [{ outFormat, prefix, skipInvalid, labels }, input.format, text(argv, 'input-text-column')],
    start: async ({ classifier, encoder }, signal) => {
      const tagger = await Tagger.open({
        classifier,
        encoder,
        threads: whole(argv, 'threads')!,
        tokenBudget: whole(argv, 'token-budget'),
        signal,
      });
      const table = await again();
      return {
        rows: table.rows,
        predict: (items) => tagger.predict(items, ({ row: { words } }) => words),
        writer: () => writerOf(params, { name, input: table, outFormat }),
        tally: (earlier) => new TagTally({ tags: model.classes }, (earlier ?? undefined) as TagTallyCounts | undefined),
        close: () => tagger.close(),
      };
    },
    said: (result, { encoder: { maxLength } }) => [
      ...predictionNotes(result, { name, maxLength, rows: 'sentences' }),
      ...lostLines(result.scores!, { name, given: outsideOf(model) }),
      // By default this is the tag column of the dataset used by k-NN: an input without tags has none to compare with.
      ...(labels === undefined || (model.isFrozen && result.scores!.labelled === 0)
        ? []
        : tagLines(result.scores!, { name, column: labels, rows: result.rows })),
    ],
    done: (result, { encoder }) => doneTags(result, { out: asked.out!, encoder: encoder.name, scores: result.scores! }),
  };
}

/** Options of texts only, and why they do not apply to words. */
const OF_TEXTS = {
  top: 'one tag a word is written',
  explain: 'words are not explained by others',
  'label-separator': 'each word has one tag',
  'text-pair-column': 'sentences are no pairs',
  delimiter: 'no input of sentences has one',
} as const;

function checkAsked(argv: Arguments): void {
  const given = (Object.keys(OF_TEXTS) as (keyof typeof OF_TEXTS)[]).find((flag) => argv[flag] !== undefined);
  if (given === undefined) return;
  throw new HarnessError('OPTION', {
    where: `--${given}`,
    what: `${text(argv, 'model')} tags words: ${OF_TEXTS[given]}.`,
    hint: 'Omit it.',
  });
}

/** Throws OPTION for a table, and for other formats that are not supported. */
function formatOf({ argv, asked: { out } }: WorkParams): SentenceOutputFormat | undefined {
  const named = out === undefined ? undefined : namedFormat(out)?.format;
  if (named === 'csv' || named === 'tsv') {
    throw new HarnessError('OPTION', {
      where: '--out',
      what: `${out} would be a table, which has no lists of tags.`,
      hint: 'Write JSON lines (.jsonl), or columns (.conll, .conllu) where the input is such.',
    });
  }
  return outputFormatOf({ out, input: text(argv, 'input')!, formats: SENTENCE_OUTPUT_FORMATS });
}

interface Opened {
  readonly name: string;
  readonly input: SentenceTable;
  readonly total: number | undefined;
  readonly end: () => void;
  /** Reopens it from its first row. */
  readonly again: () => Promise<SentenceTable>;
}

/** Opens the input, and scans it if it is a file. */
async function inputOf(params: WorkParams, outFormat: SentenceOutputFormat | undefined): Promise<Opened> {
  const { argv, warn, stdin, asked, model } = params;
  const from = text(argv, 'input')!;
  const { textColumn, labelColumn, encoding } = tablesOf(argv);
  const options = {
    format: word(argv, 'input-format', SENTENCE_INPUT_FORMATS),
    textColumn: text(argv, 'input-text-column') ?? textColumn,
    labelColumn,
    sharedColumns: model.isFrozen,
    encoding,
    note: warn,
  };
  if (from === '-') {
    const stream = stdin ?? process.stdin;
    const input = await openSentences({ ...options, from: stream });
    writerOf(params, { name: STANDARD_INPUT, input, outFormat }).checkHeader();
    return { name: STANDARD_INPUT, input, total: undefined, end: () => void stream.destroy(), again: () => Promise.resolve(input) };
  }
  const input = await openSentences({ ...options, from });
  const writer = writerOf(params, { name: from, input, outFormat });
  writer.checkHeader();
  const total = await survey({ name: from, rows: input.rows, skipInvalid: asked.skipInvalid }, writer);
  return { name: from, input, total, end: () => undefined, again: () => openSentences({ ...options, from, known: input }) };
}

interface Written {
  readonly name: string;
  readonly input: SentenceTable;
  readonly outFormat: SentenceOutputFormat | undefined;
}

function writerOf({ asked: { prefix }, model: { classes } }: WorkParams, { name, input, outFormat }: Written): SentencesText {
  return new SentencesText({ name, input, format: outFormat ?? formatLike(input.format), prefix, tags: classes });
}

/** Default format of standard output: that of the input. */
function formatLike(input: SentenceInputFormat): SentenceOutputFormat {
  return input === 'json' || input === 'parquet' ? 'jsonl' : input;
}
