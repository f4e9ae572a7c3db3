import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { HarnessError } from '../../src/errors.ts';
import { groupBy } from '../../src/group-by.ts';
import { defaultCacheDir, packageVersion } from '../../src/home.ts';
import { availableParallelism } from 'node:os';
import { differenceOf } from '../../src/report/html/difference-cells.ts';
import { htmlOf } from '../../src/report/html/html.ts';
import { comparisonOf } from '../../src/report/ties.ts';
import { readPictures, type Pictures } from '../../src/report/html/pictures.ts';
import { rankedEstimates, rankedResults } from '../../src/report/verdict/ranked-lists.ts';
import type { AgreementLine, Cost, Difference, PageData, Section, Table } from '../../src/report/page/data.ts';
import { ESTIMATOR_TITLES } from '../../src/report/rank-lines.ts';
import { FORMATS } from '../../src/report/render.ts';
import { csvOfRows, readRows } from '../../src/results/csv.ts';
import { readCosts, type CostRow } from '../../src/results/costs.ts';
import { curveColumns, readCurves } from '../../src/results/curves.ts';
import { diffResults } from '../../src/results/diff.ts';
import { ESTIMATE_COLUMNS, readEstimates } from '../../src/results/estimates.ts';
import type { Predictions } from '../../src/results/predictions.ts';
import { forecastsOf, type ForecastsParams } from '../../src/results/forecasts.ts';
import { sortRows } from '../../src/results/order.ts';
import { COLUMNS, type Row } from '../../src/results/row.ts';
import { openResults, type ResultsSource } from '../../src/results/source.ts';
import { readTextMs } from '../../src/results/timings.ts';
import { checkWritable, writeWhole } from '../../src/results/write.ts';
import { agreement, type AgreementName } from '../../src/statistics/agreement.ts';
import { DONE_OPTION, printDone } from '../terminal/listing.ts';
import { noted } from '../terminal/noted.ts';
import { DATASET_FLAGS, ENCODER_FLAGS } from '../flags/inputs.ts';
import { isSet, RESOURCE_OPTIONS, SEED_OPTION, SOURCE_OPTIONS, text, texts, whole, word } from '../flags/options.ts';
import { inputName, ownInputs } from '../flags/own-inputs.ts';
import { openProgress } from '../terminal/progress.ts';
import { folderName, reportData } from './report-data.ts';
import { foreignRows, recordedFlags, recordedSources, ReportInputs, type Trusted } from './report-inputs.ts';
import { RESULTS } from '../flags/out-folder.ts';
import { recentFolder } from '../flags/recent-run.ts';
import { say } from '../terminal/say.ts';
import { titlesOf } from '../../src/report/registry-titles.ts';
import type { Verb } from '../verb.ts';

const { datasets: _datasets, limit: _limit, labels: _labels, deduplicate: _deduplicate, ...datasetOptions } = DATASET_FLAGS;
const { encoders: _encoders, 'max-length': _length, prompt: _prompt, 'first-layers': _layers, ...encoderOptions } = ENCODER_FLAGS;
const { seed } = SEED_OPTION;
const { threads } = RESOURCE_OPTIONS;
const { cache, ...sourceOptions } = SOURCE_OPTIONS;

/** `bench report`: all results as one page. */
export const verb: Verb = {
  summary: 'Make one HTML page of a results folder: tables, charts, confusions, neighbours. It works from the disk and fetches nothing.',
  usage: '[FOLDER]',
  options: {
    out: { type: 'string', requiresArg: true, describe: "The page's folder: index.html is written there. FOLDER/report where left out." },
    neighbours: {
      type: 'number',
      requiresArg: true,
      default: 300,
      describe: 'Texts of each dataset whose neighbours can be browsed, misclassified first; 0 leaves it out.',
    },
    texts: {
      type: 'boolean',
      default: true,
      describe: 'Show texts of the data. --texts=false leaves them all out, for data that stay private: classes and counts stay.',
    },
    against: {
      type: 'string',
      requiresArg: true,
      describe: 'Compare with another commit or results folder; the last commit where left out and the folder is in git.',
    },
    'trust-run': {
      type: 'boolean',
      describe: 'Open the models and files that the run names also where nobody has opened them here: results from somebody else.',
    },
    ...encoderOptions,
    ...datasetOptions,
    seed: { ...seed, describe: 'Decides which texts are browsed.' },
    threads,
    ...sourceOptions,
    // Without the default, so that the run's own flags are told from those given here.
    cache: { type: 'string', requiresArg: true, describe: cache.describe, defaultDescription: cache.defaultDescription },
    ...DONE_OPTION,
    quiet: { type: 'boolean', describe: 'No progress.' },
  },
  examples: [
    ['bench report', 'Of the most recent run: results/report/index.html of those in results.'],
    ['bench report results/three-encoders --out site --texts=false', 'A page to publish, without texts of the data.'],
    ['bench report --against main --neighbours 0', 'What a branch changed.'],
  ],
  async run(argv, terminal) {
    const format = word(argv, 'format', FORMATS) ?? 'table';
    const folder = folderOf(argv._.length > 0 ? argv._.map(String) : [recentFolder({ terminal, files: ['results.csv', 'estimates.csv'] })]);
    const out = text(argv, 'out') ?? path.join(folder, 'report');
    const neighbours = whole(argv, 'neighbours', 0)!;
    const rows = sortRows((await readRows(path.join(folder, 'results.csv'), { strange: true })).rows);
    const estimates = await readEstimates(path.join(folder, 'estimates.csv'));
    if (rows.length + estimates.length === 0) {
      throw new HarnessError('OPTION', {
        where: folder,
        what: 'Neither its results.csv nor its estimates.csv has rows.',
        hint: 'Run `bench` or `bench rank` first.',
      });
    }
    const difference = await differenceFrom({ against: text(argv, 'against'), folder, rows });
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
      // What is named here, and what a registry knows by its name, is not asked for.
      const inputs = new ReportInputs({ cache: defaultCacheDir(), ...flags, ...given, _: [] }, progress, {
        trusted,
        commits: await recordedSources(folder),
        terminal,
      });
      const strange = [
        ...foreign,
        ...foreignRows(
          rows.filter((row) => !inputs.isNamed(row)),
          trusted,
        ),
      ];
      if (strange.length > 0) {
        warn(`${folder} names what was not opened here before, and it stays closed: ${strange.join(', ')}. --trust-run opens it.`);
      }
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
        progress,
        warn,
      });
      const { encoders, datasets } = titlesOf(inputs.workspace);
      const data: PageData = {
        title: folderName(folder),
        version: packageVersion(),
        titles: {
          encoders: Object.fromEntries(encoders),
          datasets: Object.fromEntries(datasets),
          estimators: Object.fromEntries(ESTIMATOR_TITLES),
        },
        results: tableOf(COLUMNS, rows),
        estimates: tableOf(ESTIMATE_COLUMNS, estimates),
        training: tableOf(curveColumns(training), training),
        costs: withMeasured(found.costs, { textMs: await readTextMs(path.join(folder, 'timings.csv')), rows: costRows }),
        rankings: [...rankedResults(rows, (all) => comparisonOf({ all, score: 'micro_f1', predictions: found.predictions })), ...rankedEstimates(estimates)],
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

function picturesLeft({ left, unreadable }: Pick<Pictures, 'left' | 'unreadable'>): string[] {
  return [
    ...(left.length === 0 ? [] : [`Too large for the page, together with those above: ${left.join(', ')}.`]),
    ...(unreadable.length === 0 ? [] : [`Left out, as they cannot be read: ${unreadable.join(', ')}.`]),
  ];
}

function folderOf([folder = RESULTS, ...more]: readonly string[]): string {
  if (more.length > 0)
    throw new HarnessError('OPTION', { what: `It takes one folder, and ${1 + more.length} are named.`, hint: 'Name one.' });
  const named = folder.endsWith('results.csv') ? path.dirname(folder) : folder;
  if (
    existsSync(named)
    && statSync(named).isDirectory()
    && ['results.csv', 'estimates.csv'].some((file) => existsSync(path.join(named, file)))
  )
    return named;
  throw new HarnessError('OPTION', {
    where: folder,
    what: existsSync(named) ? 'It has neither results.csv nor estimates.csv.' : 'There is no such folder.',
    hint: 'Run `bench` or `bench rank` first, or name a results folder.',
  });
}

function tableOf<C extends string>(columns: readonly C[], rows: readonly Readonly<Record<C, string>>[]): Table {
  return { columns, rows: rows.map((row) => columns.map((column) => row[column])) };
}

function number(value: string | undefined): number | undefined {
  return value === undefined || value === '' || !Number.isFinite(Number(value)) ? undefined : Number(value);
}

/** What was counted of an encoder, and what `bench run` and `bench rank` measured. */
function withMeasured(
  costs: readonly Cost[],
  { textMs, rows }: { readonly textMs: ReadonlyMap<string, number>; readonly rows: readonly CostRow[] },
): Cost[] {
  const names = new Set([...costs.map(({ encoder }) => encoder), ...textMs.keys(), ...rows.map(({ encoder }) => encoder)]);
  // Of one dataset, which most were measured on: long texts take longer.
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

/** JSON has no other numbers. */
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

interface Compared {
  readonly found?: Difference | undefined;
  readonly notes: readonly string[];
}

/** Against what was asked for; else against the last commit, where there is one with these results. Throws OPTION as `bench diff` does. */
async function differenceFrom({
  against,
  folder,
  rows,
}: {
  against: string | undefined;
  folder: string;
  rows: readonly Row[];
}): Promise<Compared> {
  const before = await openResults({ from: against ?? 'HEAD', folder }).catch((error: unknown) => {
    if (against === undefined && error instanceof HarnessError) return undefined;
    throw error;
  });
  if (before === undefined) return { notes: ['`--against REV_OR_FOLDER` compares with another commit or folder.'] };
  if (against === undefined && csvOfRows(before.rows) === csvOfRows(rows))
    return { notes: ['Nothing differs from the last commit; `--against REV_OR_FOLDER` compares with another.'] };
  const after = { ...(await openResults({ from: folder, folder })), name: folderName(folder) };
  const named = { ...before, name: path.isAbsolute(before.name) ? folderName(before.name) : before.name };
  return { found: differenceOf(await diffResults({ before: remembered(named), after: remembered(after) })), notes: [] };
}

/** Reads the predictions of a dataset once. */
function remembered(source: ResultsSource): ResultsSource {
  const known = new Map<string, Promise<Predictions>>();
  return {
    ...source,
    predictions: (dataset) => {
      const found = known.get(dataset) ?? source.predictions(dataset);
      known.set(dataset, found);
      return found;
    },
  };
}

/** What each section says; one that has nothing says how to get it. */
function withHints(data: PageData, { notes, neighbours }: { notes: PageData['notes']; neighbours: number }): PageData['notes'] {
  const hints: Readonly<Partial<Record<Section, { readonly empty: boolean; readonly hint: string }>>> = {
    rankings: {
      empty: data.rankings.length === 0,
      hint: 'Two encoders on the same dataset, scored leave-one-out (`bench run`) or estimated (`bench rank`), make a ranking.',
    },
    cost: {
      empty: data.costs.length < 2,
      hint: 'The cost of two encoders at least is needed: parameters of those whose files are at hand, milliseconds from timings.csv or costs.csv, which `bench run` and `bench rank` write.',
    },
    estimates: { empty: data.estimates.rows.length === 0, hint: '`bench rank` writes estimates.csv.' },
    layers: { empty: !hasLayers(data), hint: '`bench rank`, or `bench run --layers all`, scores every layer.' },
    confusion: { empty: data.confusions.length === 0, hint: '`bench run` keeps what each text was given in examples/.' },
    neighbours: {
      empty: data.browsers.length === 0,
      hint:
        neighbours === 0
          ? 'Left out (--neighbours 0).'
          : 'Frozen leave-one-out cells whose dataset and encoder can be opened here have neighbours to browse.',
    },
    training: { empty: data.training.rows.length === 0, hint: '`bench finetune` writes training.csv.' },
    agreement: {
      empty: data.agreement.length === 0,
      hint: 'Three encoders of a dataset, frozen (`bench run`) and trained (`bench finetune`) in one folder, show whether frozen scores tell the best.',
    },
    pictures: { empty: data.pictures.length === 0, hint: 'Pictures in maps/*.svg of the results folder stand here.' },
  };
  const lines = { ...notes };
  for (const [section, { empty, hint }] of Object.entries(hints))
    if (empty) lines[section as Section] = [hint, ...(notes[section as Section] ?? [])];
  return lines;
}

function hasLayers({ results, estimates }: PageData): boolean {
  return [results, estimates].some(({ columns, rows }) => {
    const at = columns.indexOf('layers');
    return rows.some((row) => /^\d+$/.test(row[at] ?? ''));
  });
}
