import { existsSync } from 'node:fs';
import path from 'node:path';
import { promptChoice, promptColumn } from '../../src/encoders/prompts.ts';
import { HarnessError } from '../../src/errors.ts';
import { loadDatasets } from '../../src/registry/datasets.ts';
import { loadModels } from '../../src/registry/models.ts';
import { didYouMean, normalName } from '../../src/registry/names.ts';
import { markdownOf } from '../../src/report/markdown.ts';
import { readPublished } from '../../src/report/published.ts';
import { estimatesAnswer } from '../../src/report/verdict/estimates-answer.ts';
import { FORMATS, render } from '../../src/report/render.ts';
import { own } from '../../src/own.ts';
import { readAllPredictions } from '../../src/results/all-predictions.ts';
import { readRows } from '../../src/results/csv.ts';
import { readEstimates, type EstimateRow } from '../../src/results/estimates.ts';
import { readRecordedRun } from '../../src/results/recorded-run.ts';
import type { Column, Row } from '../../src/results/row.ts';
import { SCORES } from '../../src/results/task-scores.ts';
import { writeWhole } from '../../src/results/write.ts';
import { noted } from '../terminal/noted.ts';
import { isSet, keys, QUIET_OPTION, text, word } from '../flags/options.ts';
import { flagged } from '../flags/flag-names.ts';
import { RECENT, recentFolder } from '../flags/recent-run.ts';
import { sayNext } from '../terminal/next.ts';
import { say } from '../terminal/say.ts';
import { titlesOf } from '../../src/report/registry-titles.ts';
import type { Arguments, CommandModule, Terminal } from '../command-module.ts';

/** Flags that select rows, and their columns. */
const FILTERS = {
  encoders: 'encoder',
  datasets: 'dataset',
  pooling: 'pooling',
  layers: 'layers',
  dim: 'dim',
  prompt: 'prompt',
  protocol: 'protocol',
  split: 'split',
  k: 'k',
  metric: 'metric',
  votes: 'votes',
  objective: 'objective',
  seed: 'seed',
} as const satisfies Record<string, Column>;

/** Flag value for rows whose column is empty. */
const EMPTY: Readonly<Record<string, string>> = { objective: 'frozen', dim: 'full', prompt: 'none' };
const SAID: Readonly<Record<string, string>> = {
  objective: ', with commas; frozen: not fine-tuned.',
  dim: ', with commas; full: whole vectors.',
  prompt: ': a prompt’s name, a text, or none (repeat the flag for several).',
};

/** `bench show`: prints the tables again, from the files only. */
export const command: CommandModule = {
  summary: 'Show the tables of a results folder, all or some of them.',
  usage: '[FOLDER]',
  options: {
    out: { type: 'string', requiresArg: true, defaultDescription: RECENT, describe: 'Results folder.' },
    ...Object.fromEntries(
      Object.entries(FILTERS).map(
        ([flag, column]) =>
          [
            flag,
            {
              type: 'string',
              requiresArg: true,
              // A text may contain commas.
              ...(flag === 'prompt' && { array: true }),
              describe: `Only these values of column ${column}${own(SAID, flag) ?? ', with commas.'}`,
            },
          ] as const,
      ),
    ),
    score: { type: 'string', requiresArg: true, default: 'micro_f1', describe: `Which score: ${SCORES.join(', ')}.` },
    format: { type: 'string', requiresArg: true, default: 'table', describe: `Output format: ${FORMATS.join(', ')}.` },
    published: {
      type: 'boolean',
      describe: 'Show the published scores of the CEA tables in parentheses, next to those of the same configuration.',
    },
    write: { type: 'boolean', describe: 'Rewrite results.md from all rows.' },
    ...QUIET_OPTION,
    'models-file': { type: 'string', requiresArg: true, describe: 'Registry of encoders (for titles).' },
    'datasets-file': { type: 'string', requiresArg: true, describe: 'Registry of datasets (for titles).' },
  },
  examples: [
    ['bench show', 'All tables.'],
    ['bench show --protocol leave-one-out --pooling mean,layermean --datasets trec6', 'Some of them.'],
    ['bench show --published', 'With the published scores of the CEA tables.'],
    ['bench show --write', 'Rewrite results.md after merging results.csv by hand.'],
  ],
  async run(argv, terminal) {
    const given = text(argv, 'out') ?? argv._.map(String)[0];
    const folder = given ?? recentFolder({ terminal, files: ['results.csv'] });
    const file = path.join(folder, 'results.csv');
    const format = word(argv, 'format', FORMATS) ?? 'table';
    const score = word(argv, 'score', SCORES) ?? 'micro_f1';
    if (!existsSync(file)) {
      const estimates = await readEstimates(path.join(folder, 'estimates.csv'));
      const isRanking = estimates.length > 0;
      if (isRanking && format === 'table') {
        terminal.out.write(flagged(await rankingText({ folder, estimates, argv, terminal })));
        if (!isSet(argv, 'quiet')) sayNext(terminal, ['report', folder]);
        return 0;
      }
      throw new HarnessError('OPTION', {
        where: folder,
        what: !existsSync(folder)
          ? 'Folder not found.'
          : isRanking
            ? 'It has a ranking, which is shown as a table only, and no results.csv.'
            : 'It has no results.csv.',
        hint: isRanking ? `Omit --format, or read ${path.join(folder, 'estimates.csv')}.` : 'Run `bench`, or name a results folder.',
      });
    }
    const { rows: all } = await readRows(file);
    if (all.length === 0) throw new HarnessError('OPTION', { where: file, what: 'It has no rows.', hint: 'Run `bench`.' });
    const rows = chosen(all, argv);
    const titles = titlesOf({ models: loadModels(text(argv, 'models-file')), datasets: loadDatasets(text(argv, 'datasets-file')) });
    const published = await readPublished();
    const said = noted((line) => say(terminal.err, line));
    const predictions = await readAllPredictions({ folder, rows, warn: said.warn });
    if (isSet(argv, 'write')) {
      if (rows.length < all.length)
        throw new HarnessError('OPTION', {
          where: '--write',
          what: 'results.md shows all rows, and some are filtered out here.',
          hint: 'Omit the other flags, or --write.',
        });
      await writeWhole({ file: path.join(folder, 'results.md'), text: markdownOf({ rows, titles, published, predictions }) });
    }
    terminal.out.write(
      render({
        command: 'show',
        notes: said.notes,
        rows,
        failures: [],
        titles,
        published: isSet(argv, 'published') ? published : undefined,
        predictions,
        score,
        format,
        tty: terminal.width !== undefined,
        width: terminal.width,
        color: terminal.color,
      }),
    );
    if (format === 'table' && !isSet(argv, 'quiet')) sayNext(terminal, ['report', folder]);
    return 0;
  },
};

/** A stored ranking: its answer. */
async function rankingText({
  folder,
  estimates,
  argv,
  terminal: { width },
}: {
  readonly folder: string;
  readonly estimates: readonly EstimateRow[];
  readonly argv: Arguments;
  readonly terminal: Pick<Terminal, 'width'>;
}): Promise<string> {
  const titles = titlesOf({ models: loadModels(text(argv, 'models-file')), datasets: loadDatasets(text(argv, 'datasets-file')) });
  const recorded = await readRecordedRun(folder);
  return estimatesAnswer({ estimates, recorded, titles, tty: width !== undefined, width: width ?? Number.POSITIVE_INFINITY });
}

/** Throws OPTION for a value that no row has. */
function chosen(all: readonly Row[], argv: Arguments): Row[] {
  let rows = [...all];
  for (const [flag, column] of Object.entries(FILTERS)) {
    const wanted = flag === 'prompt' ? ((argv[flag] as string[] | undefined) ?? []) : keys(argv, flag);
    if (wanted.length === 0) continue;
    const there = [...new Set(all.map((row) => row[column]))];
    const found = wanted.map((asked) => {
      if (asked === own(EMPTY, flag)) return '';
      const name = flag === 'prompt' ? promptColumn(promptChoice(asked)) : asked;
      const value = there.find((each) => each === name) ?? there.find((each) => each !== '' && normalName(each) === normalName(name));
      if (value !== undefined) return value;
      throw new HarnessError('OPTION', {
        where: `--${flag}`,
        what: `No row has "${asked}".${didYouMean(
          asked,
          there.filter((each) => each !== ''),
        )}`,
        hint: `There are ${there.map((each) => each || (own(EMPTY, flag) ?? each)).join(', ')}.`,
      });
    });
    rows = rows.filter((row) => found.includes(row[column]));
  }
  if (rows.length === 0) throw new HarnessError('OPTION', { what: 'No row has all of these.', hint: 'Omit a flag.' });
  return rows;
}
