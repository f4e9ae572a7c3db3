import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { HarnessError } from '../../src/errors.ts';
import { groupBy } from '../../src/group-by.ts';
import { defaultCacheDir, packageVersion } from '../../src/home.ts';
import { availableParallelism, homedir } from 'node:os';
import { htmlOf } from '../../src/report/html/html.ts';
import { pageTitle } from '../../src/report/html/page-title.ts';
import { verdictsOf } from '../../src/report/html/verdicts.ts';
import { compareDatasets, datasetTitle, encoderTitle, type Titles } from '../../src/report/titles.ts';
import { comparisonOf } from '../../src/report/ties.ts';
import { readPictures, type Pictures } from '../../src/report/html/pictures.ts';
import { headlines } from '../../src/report/verdict/headlines.ts';
import { rankedResults } from '../../src/report/verdict/ranked-lists.ts';
import { estimatedLists } from '../../src/report/verdict/ranked-record.ts';
import { overallSentences } from '../../src/report/verdict/summary.ts';
import type { AgreementLine, Cost, PageData, Table } from '../../src/report/page/data.ts';
import { ESTIMATOR_TITLES } from '../../src/report/rank-lines.ts';
import { printable } from '../../src/printable.ts';
import { OBJECTIVES } from '../../src/report/words.ts';
import { FORMATS } from '../../src/report/render.ts';
import { readRows } from '../../src/results/csv.ts';
import { readCosts, type CostRow } from '../../src/results/costs.ts';
import { curveColumns, readCurves } from '../../src/results/curves.ts';
import { ESTIMATE_COLUMNS, readEstimates } from '../../src/results/estimates.ts';
import { forecastsOf, type ForecastsParams } from '../../src/results/forecasts.ts';
import { sortRows } from '../../src/results/order.ts';
import { readChoiceAnswers } from '../../src/results/recorded-choice.ts';
import { readRecordedRun } from '../../src/results/recorded-run.ts';
import { COLUMNS } from '../../src/results/row.ts';
import { readTextMs } from '../../src/results/timings.ts';
import { checkWritable, writeWhole } from '../../src/results/write.ts';
import { agreement, type AgreementName } from '../../src/statistics/agreement.ts';
import { DONE_OPTION, printDone } from '../terminal/listing.ts';
import { noted } from '../terminal/noted.ts';
import { DATASET_FLAGS, ENCODER_FLAGS } from '../flags/inputs.ts';
import { isSet, RESOURCE_OPTIONS, SEED_OPTION, SOURCE_OPTIONS, text, texts, whole, word } from '../flags/options.ts';
import { inputName, ownInputs } from '../flags/own-inputs.ts';
import { openProgress } from '../terminal/progress.ts';
import { reportData } from './report-data.ts';
import { differenceFrom } from './report-difference.ts';
import { withHints } from './report-hints.ts';
import { estimatedMajorities } from './report-majorities.ts';
import { foreignRows, recordedFlags, recordedSources, ReportInputs, type Trusted } from './report-inputs.ts';
import { RESULTS } from '../flags/out-folder.ts';
import { finishedOf, recentFolder } from '../flags/recent-run.ts';
import { quoted } from '../terminal/next.ts';
import { say } from '../terminal/say.ts';
import { titlesOf } from '../../src/report/registry-titles.ts';
import type { Arguments, CommandModule } from '../command-module.ts';

const { datasets: _datasets, limit: _limit, labels: _labels, deduplicate: _deduplicate, ...datasetOptions } = DATASET_FLAGS;
const { encoders: _encoders, 'max-length': _length, prompt: _prompt, 'first-layers': _layers, ...encoderOptions } = ENCODER_FLAGS;
const { seed } = SEED_OPTION;
const { threads } = RESOURCE_OPTIONS;
const { cache, ...sourceOptions } = SOURCE_OPTIONS;

/** `bench report`: all results as one page. */
export const command: CommandModule = {
  summary: 'Make one HTML page of a results folder: verdict, tables, charts, confusion matrices, neighbours. The page works offline.',
  usage: '[FOLDER]',
  options: {
    out: { type: 'string', requiresArg: true, describe: 'Folder of the page: index.html is written there (default: FOLDER/report).' },
    title: { type: 'string', requiresArg: true, describe: 'Title of the page (default: the names of the datasets).' },
    neighbours: {
      type: 'number',
      requiresArg: true,
      default: 300,
      describe: 'Texts of each dataset whose neighbours can be browsed, misclassified first; 0: none.',
    },
    texts: {
      type: 'boolean',
      default: true,
      describe: 'Show texts of the data. --texts=false leaves all of them out, for private data; class names and counts stay.',
    },
    against: {
      type: 'string',
      requiresArg: true,
      describe: 'Compare with another commit or results folder (default: the last commit, if the folder is in git).',
    },
    'trust-run': {
      type: 'boolean',
      describe: 'Open models and files that the run names even if they were never opened on this machine (results from somebody else).',
    },
    ...encoderOptions,
    ...datasetOptions,
    seed: { ...seed, describe: 'Random seed of which texts are browsed.' },
    threads,
    ...sourceOptions,
    // Without the default, to distinguish the run's own flags from those given here.
    cache: { type: 'string', requiresArg: true, describe: cache.describe, defaultDescription: cache.defaultDescription },
    ...DONE_OPTION,
    quiet: { type: 'boolean', describe: 'Hide progress.' },
  },
  examples: [
    ['bench report', 'Of the most recent run: results/report/index.html of those in results.'],
    ["bench report results/three-encoders --out site --title 'Three encoders'", 'A page under another title, in another folder.'],
    ['bench report --texts=false', 'A page to publish, without texts of the data.'],
    ['bench report --against main --neighbours 0', 'What a branch changed.'],
  ],
  async run(argv, terminal) {
    const format = word(argv, 'format', FORMATS) ?? 'table';
    const folder = folderOf(argv._.length > 0 ? argv._.map(String) : [recentFolder({ terminal, files: ['results.csv', 'estimates.csv'] })]);
    const out = text(argv, 'out') ?? path.join(folder, 'report');
    const neighbours = whole(argv, 'neighbours', 0)!;
    const { rows: scores } = await readRows(path.join(folder, 'results.csv'), { strange: true });
    const estimated = await readEstimates(path.join(folder, 'estimates.csv'));
    if (scores.length + estimated.length === 0) {
      throw new HarnessError('OPTION', {
        where: folder,
        what: 'Neither its results.csv nor its estimates.csv has rows.',
        hint: 'Run `bench` or `bench rank` first.',
      });
    }
    const title = titleOf(argv);
    const difference = await differenceFrom({ against: text(argv, 'against'), folder, rows: scores });
    await checkWritable(out);
    const quiet = isSet(argv, 'quiet');
    const progress = openProgress({ stream: terminal.err, quiet });
    const said = noted((line) => (quiet ? say(terminal.err, line) : progress.log(line)));
    const { warn } = said;
    try {
      const given = Object.fromEntries(Object.entries(argv).filter(([, value]) => value !== undefined));
      const known = await ownInputs([defaultCacheDir(), ...texts(argv, 'cache')]);
      const trusted: Trusted = (flag, value) => isSet(argv, 'trust-run') || known.has(inputName(flag, value));
      const { flags, foreign } = await recordedFlags({ folder, given, trusted });
      // Inputs given here, and those that a registry resolves, need no confirmation.
      const inputs = new ReportInputs({ cache: defaultCacheDir(), ...flags, ...given, _: [] }, progress, {
        trusted,
        commits: await recordedSources(folder),
        terminal,
      });
      const strange = [
        ...foreign,
        ...foreignRows(
          scores.filter((row) => !inputs.isNamed(row)),
          trusted,
        ),
      ];
      if (strange.length > 0) {
        const named = strange.join(', ');
        warn(
          `${folder} names inputs that were never opened on this machine with this --cache; not opened: ${named}. Use --trust-run to open them.`,
        );
      }
      const titles = titlesOf(inputs.workspace);
      const recorded = await readRecordedRun(folder);
      const byDataset = asRun(recorded.datasets, titles);
      const rows = sortRows(scores).toSorted(byDataset);
      const estimates = estimated.toSorted(byDataset);
      const costRows = await readCosts(path.join(folder, 'costs.csv'));
      const training = await readCurves(path.join(folder, 'training.csv'));
      const { pictures, left, unreadable } = await readPictures(folder);
      const found = await reportData({
        folder,
        rows,
        inputs,
        neighbours,
        texts: argv['texts'] !== false,
        seed: whole(argv, 'seed', 0)!,
        threads: whole(argv, 'threads') ?? availableParallelism(),
        counted: new Set(costRows.filter(({ parameters }) => parameters !== '').map(({ encoder }) => encoder)),
        progress,
        warn,
      });
      const scored = [...new Set([...rows, ...estimates].toSorted(byDataset).map(({ dataset }) => dataset))];
      const { lists, answers } = estimatedLists(estimates, recorded.ranked);
      const rankings = [
        ...rankedResults(rows, (all) => comparisonOf({ all, score: 'micro_f1', predictions: found.predictions })),
        ...lists,
      ].toSorted(byDataset);
      const heads = headlines(rankings, { by: recorded.by, answers });
      const majorities = await estimatedMajorities(heads, { estimates, inputs });
      const verdicts = verdictsOf({ heads, rankings, titles, rows, outcomes: found.outcomes, known: majorities });
      // Which encoder a choice has taken says more than how its winner compares with itself, frozen.
      const chosen = await readChoiceAnswers(
        folder,
        scored.map((dataset) => datasetTitle(titles, dataset)),
      );
      const data: PageData = {
        title: title ?? pageTitle(scored.map((dataset) => datasetTitle(titles, dataset))),
        version: packageVersion(),
        withoutTexts: found.corpora.some(({ texts: shown }) => Object.keys(shown).length > 0) ? withoutTexts(folder) : undefined,
        date: dayOf(finishedOf(path.join(folder, 'run.json'))),
        titles: {
          encoders: titled(
            [...rows, ...estimates].map(({ encoder }) => encoder),
            (key) => encoderTitle(titles, key),
          ),
          datasets: titled([...scored, ...training.map(({ dataset }) => dataset)], (key) => datasetTitle(titles, key)),
          estimators: Object.fromEntries(ESTIMATOR_TITLES),
          objectives: Object.fromEntries(OBJECTIVES),
        },
        results: tableOf(COLUMNS, rows),
        estimates: tableOf(ESTIMATE_COLUMNS, estimates),
        training: tableOf(curveColumns(training), training),
        costs: withMeasured(found.costs, { textMs: await readTextMs(path.join(folder, 'timings.csv')), rows: costRows }),
        rankings,
        overall: [...chosen, ...overallSentences({ lists: heads, titles })]
          .map(printable)
          .filter((sentence) => verdicts.every((verdict) => verdict.sentence !== sentence)),
        verdicts,
        agreement: agreementLines({ rows, estimates, costs: costRows }),
        difference: difference.found,
        corpora: found.corpora,
        rowCorpora: found.rowCorpora,
        confusions: found.confusions,
        browsers: found.browsers,
        pictures,
        notes: {},
      };
      const notes = { ...found.notes, difference: difference.notes, pictures: picturesLeft({ left, unreadable }) };
      const file = path.join(out, 'index.html');
      const html = htmlOf({ ...data, notes: withHints(data, { notes, neighbours }) });
      await writeWhole({ file, text: html });
      progress.close();
      const bytes = Buffer.byteLength(html);
      if (format === 'table') say(terminal.out, `${file} (${(bytes / 1e6).toFixed(1)} MB)`);
      printDone(
        { command: 'report', rows: [{ file, bytes: String(bytes) }], notes: [...inputs.workspace.notes, ...said.notes] },
        format,
        terminal,
      );
      return 0;
    } finally {
      progress.close();
    }
  },
};

function titled(keys: readonly string[], of: (key: string) => string): Record<string, string> {
  return Object.fromEntries(keys.map((key) => [key, of(key)]));
}

/** Order of the datasets of the last run, as its tables show them; then of the registry. */
function asRun(datasets: readonly string[], titles: Titles): (a: { readonly dataset: string }, b: { readonly dataset: string }) => number {
  const place = ({ dataset }: { readonly dataset: string }): number =>
    datasets.includes(dataset) ? datasets.indexOf(dataset) : datasets.length;
  return (a, b) => place(a) - place(b) || compareDatasets(titles)(a.dataset, b.dataset);
}

function titleOf(argv: Arguments): string | undefined {
  const title = text(argv, 'title')?.trim();
  if (title === '')
    throw new HarnessError('OPTION', { where: '--title', what: 'It is empty.', hint: 'Omit it for the names of the datasets.' });
  return title;
}

/** The command that makes the page without texts. It should not reveal where the user's files are. */
function withoutTexts(folder: string): string {
  const [named, home] = [quoted(folder), `${homedir()}${path.sep}`];
  return `npx bench report ${named.startsWith(home) ? `~${path.sep}${named.slice(home.length)}` : named} --texts=false`;
}

/** `2026-11-29`, in UTC, as in run.json: the page is the same wherever it is made. */
function dayOf(ended: number | undefined): string | undefined {
  return ended === undefined ? undefined : new Date(ended).toISOString().slice(0, 10);
}

function picturesLeft({ left, unreadable }: Pick<Pictures, 'left' | 'unreadable'>): string[] {
  return [
    ...(left.length === 0 ? [] : [`Left out, as the page would be too large: ${left.join(', ')}.`]),
    ...(unreadable.length === 0 ? [] : [`Left out, as they cannot be read: ${unreadable.join(', ')}.`]),
  ];
}

function folderOf([folder = RESULTS, ...more]: readonly string[]): string {
  if (more.length > 0) throw new HarnessError('OPTION', { what: `Expected one folder, got ${1 + more.length}.`, hint: 'Name one.' });
  const named = folder.endsWith('results.csv') ? path.dirname(folder) : folder;
  if (
    existsSync(named) &&
    statSync(named).isDirectory() &&
    ['results.csv', 'estimates.csv'].some((file) => existsSync(path.join(named, file)))
  )
    return named;
  throw new HarnessError('OPTION', {
    where: folder,
    what: existsSync(named) ? 'Neither results.csv nor estimates.csv found.' : 'Folder not found.',
    hint: 'Run `bench` or `bench rank` first, or name a results folder.',
  });
}

function tableOf<C extends string>(columns: readonly C[], rows: readonly Readonly<Record<C, string>>[]): Table {
  return { columns, rows: rows.map((row) => columns.map((column) => row[column])) };
}

function number(value: string | undefined): number | undefined {
  return value === undefined || value === '' || !Number.isFinite(Number(value)) ? undefined : Number(value);
}

/** Adds the parameter count of an encoder, and what `bench run` and `bench rank` measured. */
function withMeasured(
  costs: readonly Cost[],
  { textMs, rows }: { readonly textMs: ReadonlyMap<string, number>; readonly rows: readonly CostRow[] },
): Cost[] {
  const names = new Set([...costs.map(({ encoder }) => encoder), ...textMs.keys(), ...rows.map(({ encoder }) => encoder)]);
  // Of the dataset that most encoders were measured on: long texts take longer.
  const measured = [...groupBy(rows, ({ dataset }) => dataset).values()].reduce<readonly CostRow[]>(
    (a, b) => (b.length > a.length ? b : a),
    [],
  );
  return [...names].map((encoder): Cost => {
    const ranked = measured.find((row) => row.encoder === encoder);
    return {
      encoder,
      parameters:
        costs.find((cost) => cost.encoder === encoder)?.parameters ?? number(rows.find((row) => row.encoder === encoder)?.parameters),
      textMs: textMs.get(encoder) ?? number(ranked?.text_ms),
      memoryMb: number(ranked?.memory_mb),
    };
  });
}

/** JSON has no NaN or infinity. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function agreementLines(scores: ForecastsParams): AgreementLine[] {
  return forecastsOf(scores).flatMap(({ estimate, objective, forecasts }) =>
    agreement(forecasts)
      .toReversed()
      .map(({ dataset, encoders, values, intervals }): AgreementLine => {
        const of = (name: AgreementName) => ({
          value: finite(values[name]),
          low: finite(intervals?.[name].low ?? Number.NaN),
          high: finite(intervals?.[name].high ?? Number.NaN),
        });
        return {
          estimate,
          objective,
          dataset,
          encoders,
          spearman: of('spearman'),
          weightedTau: of('weightedTau'),
          regret: of('regret'),
          hit: of('hit'),
        };
      }),
  );
}
