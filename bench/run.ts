import path from 'node:path';
import type { DataCheck } from '../src/datasets/check.ts';
import { CONCAT_NORMS } from '../src/embed/concat.ts';
import { LAYER_MEANS, POOLINGS, type Pooling } from '../src/embed/vectors.ts';
import { HarnessError } from '../src/errors.ts';
import { checkDataset } from '../src/experiment/check-dataset.ts';
import type { DatasetRef, EncoderRef } from '../src/experiment/refs.ts';
import { runPlan } from '../src/experiment/run-plan.ts';
import { DEFAULT_PROTOCOLS, type Settings } from '../src/experiment/settings.ts';
import { inShard } from '../src/experiment/shard.ts';
import type { TrainingChoice } from '../src/experiment/training-choice.ts';
import type { Opening, Reading } from '../src/experiment/workspace.ts';
import { chooseIndex } from '../src/knn/choose.ts';
import { loadHnswLibrary } from '../src/knn/hnswlib.ts';
import { SearchThread } from '../src/knn/search-thread.ts';
import { INDEXES, METRICS, PROTOCOLS, VOTES } from '../src/knn/types.ts';
import { findSuite, loadSuites } from '../src/registry/suites.ts';
import type { SuiteEntry } from '../src/registry/schema.ts';
import { openProgress } from '../src/report/progress.ts';
import type { Progress } from '../src/progress.ts';
import { FORMATS, type Format } from '../src/report/render.ts';
import { ResultsFolder } from '../src/results/folder.ts';
import { mergeRows } from '../src/results/merge.ts';
import type { Row } from '../src/results/row.ts';
import type { RunPlan } from '../src/results/run-record.ts';
import type { ScoredCell } from '../src/results/scored.ts';
import { mergeTimings, readTimings, timingRow, writeTimings, type Timing } from '../src/results/timings.ts';
import { checkWritable } from '../src/results/write.ts';
import { togetherComplaint } from '../src/experiment/complaints.ts';
import { recordOfCheck, sayDataCheck } from './data-check.ts';
import { finish } from './finish.ts';
import { OpenedInputs, type Host } from '../src/experiment/host.ts';
import { planScores, plannedRows, type ScorePlan } from '../src/experiment/plan.ts';
import { noOutcome, runScores } from '../src/experiment/run-scores.ts';
import type { GridDataset, GridEncoder } from '../src/experiment/score-grid.ts';
import { chosenDatasets, chosenEncoders, openingOf, openWorkspace, readingOf } from './inputs.ts';
import { interruption } from './interrupt.ts';
import { openAll } from '../src/experiment/opening.ts';
import { noted } from './noted.ts';
import { DATASET_OPTIONS, ENCODER_OPTIONS, isSet, SOURCE_OPTIONS, text, word } from './options.ts';
import { DEFAULT_SUITE, OUT_DEFAULT, outFolder } from './out-folder.ts';
import { noteInputs } from './own-inputs.ts';
import { POLICY_OPTIONS, policyOf } from './policy.ts';
import { runRecord } from './record.ts';
import { say } from './say.ts';
import { settingsOf } from './settings.ts';
import { shardOf } from './shard.ts';
import { titlesOf } from './titles.ts';
import { trainingChoice, TRAINING_OPTIONS } from './training-options.ts';
import type { Arguments, Terminal, Verb } from './verb.ts';

/** `bench run`: the main job. */
export const verb: Verb = {
  summary: 'Score frozen encoders by nearest neighbours: encoders x data sets x poolings.',
  options: {
    suite: {
      type: 'string',
      requiresArg: true,
      describe: `A named set of encoders and data sets: quick (default), seed, political-bias, all, or one of your own.`,
    },
    'suites-file': { type: 'string', requiresArg: true, describe: 'Your own suites, in place of suites.json.' },
    encoders: { type: 'string', requiresArg: true, describe: 'Registry keys with commas; KEY@N cuts the encoder after layer N.' },
    ...ENCODER_OPTIONS,
    datasets: { type: 'string', requiresArg: true, describe: 'Registry keys with commas.' },
    ...DATASET_OPTIONS,
    seed: {
      type: 'string',
      requiresArg: true,
      default: '1',
      describe: 'Decides everything random; with --finetune several with commas, a run each.',
    },
    pooling: {
      type: 'string',
      requiresArg: true,
      describe: `With commas: ${POOLINGS.join(', ')}; all (cls, mean, cls-layermean, layermean); concat (all encoders side by side).`,
    },
    layers: {
      type: 'string',
      requiresArg: true,
      default: 'last',
      describe: 'A row for each layer of the single-layer poolings: last, all, or numbers with commas (0: embeddings).',
    },
    'layer-mean': {
      type: 'string',
      requiresArg: true,
      default: '0..L',
      describe: `Layers of a layer mean: ${LAYER_MEANS.join(', ')}, or both.`,
    },
    'concat-norm': {
      type: 'string',
      requiresArg: true,
      default: 'raw',
      describe: `What is done to vectors before they stand side by side: ${CONCAT_NORMS.join(', ')}.`,
    },
    protocol: {
      type: 'string',
      requiresArg: true,
      defaultDescription: `"${DEFAULT_PROTOCOLS.join(',')}", or the suite's`,
      describe: `With commas: ${PROTOCOLS.join(', ')}.`,
    },
    k: { type: 'string', requiresArg: true, default: '5', describe: 'Neighbours that vote; several with commas, from one search.' },
    metric: { type: 'string', requiresArg: true, default: 'euclidean', describe: METRICS.join(', ') },
    votes: { type: 'string', requiresArg: true, default: 'uniform', describe: `${VOTES.join(', ')}: equal votes, or by nearness.` },
    index: {
      type: 'string',
      requiresArg: true,
      default: 'auto',
      describe: `${INDEXES.join(', ')}. hnsw is approximate, and its recall stands in the row.`,
    },
    'hnsw-m': { type: 'number', requiresArg: true, default: 16, describe: 'HNSW: links of a node.' },
    'hnsw-ef-construction': { type: 'number', requiresArg: true, default: 200, describe: 'HNSW: candidates while the index is built.' },
    'hnsw-ef': { type: 'number', requiresArg: true, default: 100, describe: 'HNSW: candidates of a search.' },
    ...SOURCE_OPTIONS,
    out: {
      type: 'string',
      requiresArg: true,
      defaultDescription: OUT_DEFAULT,
      describe: 'Folder of results.csv, results.md, timings.csv, run.json.',
    },
    format: { type: 'string', requiresArg: true, default: 'table', describe: `What is printed: ${FORMATS.join(', ')}.` },
    finetune: {
      type: 'boolean',
      describe:
        'Also train every encoder on every data set, by the flags of `bench finetune`, with the first pooling that is named (cls where none is).',
    },
    ...TRAINING_OPTIONS,
    ...POLICY_OPTIONS,
    shard: {
      type: 'string',
      requiresArg: true,
      describe:
        'Compute the i-th of n parts, 1/4: each data set with each encoder is in one of them (each data set, where encoders are concatenated). `bench merge` puts them together.',
    },
    'dry-run': { type: 'boolean', describe: 'Print the plan: cells, texts, what is cached, bytes to download, estimated minutes.' },
    quiet: { type: 'boolean', describe: 'No progress.' },
  },
  examples: [
    ['bench', 'The embedded suite: one small encoder, real data, every pooling.'],
    ['bench --dataset mine.csv --text-column text --label-column topic', 'Your data.'],
    [
      'bench --encoders bert-base-uncased,all-MiniLM-L12-v2 --datasets trec6,snips --pooling all,concat',
      'Your choice from the registries.',
    ],
    [
      'bench --model hf:BAAI/bge-small-en-v1.5 --model ./my-encoder --datasets trec6 --layers all',
      'Encoders without a registry entry, layer by layer.',
    ],
    ['bench --suite seed --dry-run', 'What would it take?'],
  ],
  async run(argv, terminal) {
    const started = new Date();
    const { suite, fallback, name: suiteName } = suiteOf(argv);
    const format = word(argv, 'format', FORMATS) ?? 'table';
    if (isSet(argv, 'dry-run') && argv['format'] !== 'table')
      throw new HarnessError('OPTION', {
        where: '--format',
        what: 'The plan of --dry-run is lines for a person.',
        mend: 'Leave --format out, or --dry-run.',
      });
    const settings = settingsOf(argv, suite);
    const trainedBy = trainingOf(argv);
    const shard = shardOf(argv);
    if (settings.index === 'hnsw') loadHnswLibrary();
    const quiet = isSet(argv, 'quiet');
    const progress = openProgress({ stream: terminal.err, quiet });
    // A warning is no progress: it is said even where nothing else is.
    const said = noted((line) => (quiet ? say(terminal.err, line) : progress.log(line)));
    const { warn } = said;
    try {
      const workspace = openWorkspace(argv, progress, terminal);
      const chosen = chosenEncoders(argv, workspace, fallback.encoders);
      const datasetChoices = chosenDatasets(argv, workspace, fallback.datasets);
      const reading: Reading = { ...readingOf(argv), limit: settings.limit, seed: settings.seed };
      const opening: Opening = { ...openingOf(argv), dtype: settings.dtype, maxLength: settings.maxLength };
      const full = withConcat(settings, chosen.concat);
      if (chosen.list.length === 0)
        throw new HarnessError('OPTION', {
          where: '--encoders',
          what: 'No encoder is named.',
          mend: '"concat-all" joins the others of the run: name them too.',
        });
      if (full.concatNorms.length > 0 && chosen.list.length === 1) warn('One encoder has no other to stand beside: no rows of concat.');
      if (isSet(argv, 'dry-run')) {
        const { planText } = await import('./plan.ts');
        terminal.out.write(
          await planText({ workspace, reading, opening, encoders: chosen.list, datasets: datasetChoices, settings: full, terminal }),
        );
        return 0;
      }
      const out = outFolder({ argv, encoders: chosen.list, datasets: datasetChoices, suite: suiteName });
      await checkWritable(out);
      await noteInputs(argv);
      const results = await ResultsFolder.open({ folder: out, policy: policyOf(argv) });
      // Says what is wrong with them before anything is computed.
      await readTimings(path.join(out, 'timings.csv'));
      const names = { encoders: chosen.list.map(({ name }) => name), datasets: datasetChoices.map(({ name }) => name) };
      const includes = inShard({ ...names, shard, concat: full.concatNorms.length > 0 });
      const trained = isSet(argv, 'finetune');
      const inputs = new OpenedInputs(workspace);
      const opened = await openAll({
        trained,
        inputs,
        reading,
        opening,
        encoderChoices: chosen.list,
        datasetChoices,
        settings: full,
        includes,
        warn,
        verbose: isSet(argv, 'verbose'),
      });
      if (opened.datasets.length === 0) warn(`Shard ${shard?.index} of ${shard?.of} has nothing to do: there are fewer parts.`);
      const grid = { ...opened, includes };
      const jobs = planScores({ ...grid, reading, opening, settings: full, trained });
      await results.check(plannedRows(jobs.jobs));
      await results.add([]);
      const checks = await checkAll({ grid, settings: full, trained: trainedBy !== undefined, progress, warn });
      stateIndex(settings, grid.datasets, progress);
      // Not before nothing can end the run any more: a process that ends while the runtime is loaded is torn down amid it.
      if (grid.datasets.length > 0) SearchThread.warm(settings.threads);
      const training =
        trainedBy !== undefined
          ? { choice: trainedBy, encoders: chosen.list, datasets: datasetChoices, pooling: trainedPooling(argv, full), reading, opening }
          : undefined;
      const plan = runPlan({ ...names, shard, settings: full });
      if (results.begin(plan.digest)) progress.log(`${results.file}: goes on where the same run was ended.`);
      const host: Omit<Host, 'signal'> = {
        inputs,
        workspace,
        threads: full.threads,
        tokenBudget: full.tokenBudget,
        progress,
        warn,
        files: { out, save: undefined, overwrite: results.policy === 'overwrite' },
      };
      return await compute({
        training,
        checks,
        terminal,
        settings: full,
        host,
        jobs,
        includes,
        plan,
        results,
        progress,
        warn,
        notes: () => [...workspace.notes, ...said.notes],
        started,
        format,
      });
    } finally {
      progress.close();
    }
  },
};

interface SuiteChoice {
  /** Its key. */
  readonly name: string;
  /** Where everything comes from the suite, its poolings and protocols count too. */
  readonly suite: Partial<SuiteEntry>;
  /** For the side (encoders, data sets) that no flag names. */
  readonly fallback: Pick<SuiteEntry, 'encoders' | 'datasets'>;
}

function suiteOf(argv: Arguments): SuiteChoice {
  const suites = loadSuites(text(argv, 'suites-file'));
  const named = text(argv, 'suite');
  const suite = findSuite(suites, named ?? DEFAULT_SUITE);
  const name = [...suites].find(([, entry]) => entry === suite)![0];
  const ownEncoders = argv['encoders'] !== undefined || argv['model'] !== undefined;
  const ownDatasets = argv['datasets'] !== undefined || argv['dataset'] !== undefined;
  if (named !== undefined || (!ownEncoders && !ownDatasets)) return { name, suite, fallback: suite };
  // Of the default suite only what fills the gap: its number type belongs to its encoder, its sample to its data.
  const { dtype, limit } = suite;
  return { name, suite: { dtype: ownEncoders ? undefined : dtype, limit: ownDatasets ? undefined : limit }, fallback: suite };
}

/** What --finetune trains; undefined without it. Throws OPTION for a flag of training that would then be without effect. */
function trainingOf(argv: Arguments): TrainingChoice | undefined {
  if (isSet(argv, 'finetune')) return trainingChoice(argv);
  const given = Object.entries(TRAINING_OPTIONS).find(
    ([flag, option]) =>
      argv[flag] !== undefined && argv[flag] !== false && argv[flag] !== ('default' in option ? option.default : undefined),
  );
  if (given !== undefined) {
    throw new HarnessError('OPTION', {
      where: `--${given[0]}`,
      what: 'It is of training, and nothing is trained.',
      mend: 'Add --finetune, or leave it out.',
    });
  }
  return undefined;
}

/** `concat-all` named as an encoder is the pooling `concat`. */
function withConcat(settings: Settings, concat: boolean): Settings {
  return concat && settings.concatNorms.length === 0 ? { ...settings, concatNorms: ['raw'] } : settings;
}

/** What `--index auto` takes for the largest data set, and why. */
function stateIndex({ index }: Settings, datasets: readonly GridDataset[], progress: Progress): void {
  if (index !== 'auto') return;
  const rows = Math.max(0, ...datasets.map((item) => ('dataset' in item ? item.dataset.texts.length : 0)));
  progress.log(`Neighbours: ${chooseIndex({ index, rows, queries: rows }).why}`);
}

interface CheckAllParams extends Pick<ComputeParams, 'settings' | 'progress' | 'warn'> {
  readonly grid: {
    readonly encoders: readonly GridEncoder[];
    readonly datasets: readonly GridDataset[];
    readonly includes: ComputeParams['includes'];
  };
  /** Whether training follows. */
  readonly trained: boolean;
}

/** Says what the data sets are like, each with the encoders that are scored on it. */
async function checkAll({
  grid: { encoders, datasets, includes },
  settings: { ks },
  trained,
  progress,
  warn,
}: CheckAllParams): Promise<DataCheck[]> {
  const checks: DataCheck[] = [];
  for (const target of datasets) {
    if ('missing' in target) continue;
    const { dataset, protocols } = target;
    const asked = {
      k: ks.at(-1)!,
      amongAll: protocols.some((protocol) => protocol !== 'fit-train'),
      // Splits that training has yet to cut are looked at then.
      byTrain: protocols.includes('fit-train') || (trained && dataset.split.some((split) => split > 0)),
    };
    const scored = encoders.filter(({ name }) => includes(name, target.name)).flatMap((item) => ('encoder' in item ? [item.encoder] : []));
    const found = await checkDataset({ dataset, encoders: scored, asked });
    sayDataCheck({ ...found, progress, warn });
    checks.push(found.check);
  }
  return checks;
}

/** What --finetune adds. */
interface Training {
  readonly choice: TrainingChoice;
  readonly encoders: readonly EncoderRef[];
  readonly datasets: readonly DatasetRef[];
  readonly pooling: Pooling;
  readonly reading: Reading;
  readonly opening: Opening;
}

function trainedPooling(argv: Arguments, { poolings }: Settings): Pooling {
  return argv['pooling'] === undefined || poolings[0] === undefined ? 'cls' : poolings[0];
}

interface ComputeParams {
  readonly training: Training | undefined;
  readonly checks: readonly DataCheck[];
  readonly terminal: Terminal;
  readonly settings: Settings;
  readonly host: Omit<Host, 'signal'>;
  readonly jobs: ScorePlan;
  readonly includes: (encoder: string, dataset: string) => boolean;
  readonly plan: RunPlan;
  readonly results: ResultsFolder;
  readonly progress: Progress;
  readonly warn: (line: string) => void;
  readonly notes: () => readonly string[];
  readonly started: Date;
  readonly format: Format;
}

async function compute({
  training,
  checks,
  terminal,
  settings,
  host,
  jobs,
  includes,
  plan,
  results,
  progress,
  warn,
  notes,
  started,
  format,
}: ComputeParams): Promise<number> {
  const outcome = noOutcome();
  const { rows, failures } = outcome;
  const data = [...checks];
  const { workspace } = host;
  const interrupted = interruption(warn);
  const { signal } = interrupted;
  const keeper = {
    kept: (expected: readonly Row[]) => results.kept(expected),
    add: (cells: readonly ScoredCell[]) => results.add(cells),
    addTimings: (timings: readonly Timing[]) => keepTimings(results, timings),
  };
  try {
    await runScores(jobs, { host: { ...host, signal }, keeper, outcome });
    if (training !== undefined) {
      const { trainGrid } = await import('../src/experiment/training-grid.ts');
      const trained = await trainGrid({
        ...training,
        workspace,
        results,
        progress,
        warn,
        signal,
        save: undefined,
        includes,
        checked: checks,
        onCheck: (checked) => sayDataCheck({ ...checked, progress, warn }),
      });
      rows.splice(0, Infinity, ...mergeRows({ old: rows, fresh: trained.rows }));
      data.push(...trained.checks);
      outcome.kept += trained.kept;
      failures.push(...trained.failures);
    }
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
  } finally {
    interrupted.end();
  }
  if (rows.length === 0 && failures.length > 0 && !signal.aborted) {
    throw togetherComplaint([...new Set(failures.map((failure) => failure.reason))].map((what) => ({ what })));
  }
  const { kept } = outcome;
  if (kept > 0) progress.log(`${kept} of ${rows.length} rows were there already and are kept.`);
  progress.close();
  await finish({
    command: 'run',
    notes,
    results,
    rows,
    failures,
    titles: titlesOf(workspace),
    record: runRecord({
      ...settings,
      started,
      rows,
      kept,
      failures,
      plan,
      data: data.map(recordOfCheck),
      sources: workspace.pinned,
      interrupted: signal.aborted,
    }),
    files: ['timings.csv'],
    format,
    terminal,
    warn,
    interrupted: signal.aborted,
  });
  if (signal.aborted) {
    say(terminal.err, `${rows.length} rows are in ${results.file}; the same command goes on from there.`);
    return interrupted.status;
  }
  return failures.length === 0 ? 0 : 1;
}

/** With every cell, as the rows of results.csv: a run that is killed and goes on has the times of both parts. */
async function keepTimings(results: ResultsFolder, timings: readonly Timing[]): Promise<void> {
  await results.write('timings.csv', async (file) =>
    writeTimings({ file, rows: mergeTimings({ old: await readTimings(file), fresh: timings.map(timingRow) }) }),
  );
}
