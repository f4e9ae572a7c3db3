import path from 'node:path';
import { CONCAT_NORMS } from '../src/embed/concat.ts';
import { LAYER_MEANS, POOLINGS, type Pooling } from '../src/embed/vectors.ts';
import { HarnessError, reason, type Complaint } from '../src/errors.ts';
import { checkProtocols } from '../src/knn/check-protocols.ts';
import { chooseIndex } from '../src/knn/choose.ts';
import { loadHnswLibrary } from '../src/knn/hnswlib.ts';
import { SearchThread } from '../src/knn/search-thread.ts';
import { INDEXES, METRICS, PROTOCOLS, VOTES } from '../src/knn/types.ts';
import { findSuite, loadSuites } from '../src/registry/suites.ts';
import type { SuiteEntry } from '../src/registry/schema.ts';
import { markdownOf } from '../src/report/markdown.ts';
import { openProgress, type Progress } from '../src/report/progress.ts';
import { readPublished } from '../src/report/published.ts';
import { FORMATS, render } from '../src/report/render.ts';
import { readRows, writeRows } from '../src/results/csv.ts';
import { mergeRows } from '../src/results/merge.ts';
import type { Failure, Row } from '../src/results/row.ts';
import { writeRunRecord } from '../src/results/run-record.ts';
import { writeTimings, type Timing } from '../src/results/timings.ts';
import { checkWritable, writeWhole } from '../src/results/write.ts';
import { togetherComplaint } from './complaints.ts';
import { computeGrid, encoderVectors, type GridDataset, type GridEncoder } from './grid.ts';
import { Inputs, type DatasetChoice, type EncoderChoice } from './inputs.ts';
import { DATASET_OPTIONS, ENCODER_OPTIONS, isSet, SOURCE_OPTIONS, text, word } from './options.ts';
import { runRecord } from './record.ts';
import { DEFAULT_PROTOCOLS, protocolsOf, settingsOf, type Settings } from './settings.ts';
import { titlesOf } from './titles.ts';
import { sayUnused } from './unused-weights.ts';
import { trainingChoice, TRAINING_OPTIONS, type TrainingChoice } from './training-options.ts';
import type { Arguments, Terminal, Verb } from './verb.ts';

/** What a bare `npm run bench` runs. */
const DEFAULT_SUITE = 'quick';

/** `bench run`: the main job. */
export const verb: Verb = {
  summary: 'Score frozen encoders by nearest neighbours: encoders x data sets x poolings.',
  options: {
    suite: { type: 'string', requiresArg: true, describe: `A named set of encoders and data sets: quick (default), seed, political-bias, all, or one of your own.` },
    'suites-file': { type: 'string', requiresArg: true, describe: 'Your own suites, in place of suites.json.' },
    encoders: { type: 'string', requiresArg: true, describe: 'Registry keys with commas; KEY@N cuts the encoder after layer N.' },
    ...ENCODER_OPTIONS,
    datasets: { type: 'string', requiresArg: true, describe: 'Registry keys with commas.' },
    ...DATASET_OPTIONS,
    seed: { type: 'string', requiresArg: true, default: '1', describe: 'Decides everything random; with --finetune several with commas, a run each.' },
    pooling: { type: 'string', requiresArg: true, describe: `With commas: ${POOLINGS.join(', ')}; all (cls, mean, cls-layermean, layermean); concat (all encoders side by side).` },
    layers: { type: 'string', requiresArg: true, default: 'last', describe: 'A row for each layer of the single-layer poolings: last, all, or numbers with commas (0: embeddings).' },
    'layer-mean': { type: 'string', requiresArg: true, default: '0..L', describe: `Layers of a layer mean: ${LAYER_MEANS.join(', ')}, or both.` },
    'concat-norm': { type: 'string', requiresArg: true, default: 'raw', describe: `What is done to vectors before they stand side by side: ${CONCAT_NORMS.join(', ')}.` },
    protocol: { type: 'string', requiresArg: true, defaultDescription: `"${DEFAULT_PROTOCOLS.join(',')}", or the suite's`, describe: `With commas: ${PROTOCOLS.join(', ')}.` },
    k: { type: 'string', requiresArg: true, default: '5', describe: 'Neighbours that vote; several with commas, from one search.' },
    metric: { type: 'string', requiresArg: true, default: 'euclidean', describe: METRICS.join(', ') },
    votes: { type: 'string', requiresArg: true, default: 'uniform', describe: `${VOTES.join(', ')}: equal votes, or by nearness.` },
    index: { type: 'string', requiresArg: true, default: 'auto', describe: `${INDEXES.join(', ')}. hnsw is approximate, and its recall stands in the row.` },
    'hnsw-m': { type: 'number', requiresArg: true, default: 16, describe: 'HNSW: links of a node.' },
    'hnsw-ef-construction': { type: 'number', requiresArg: true, default: 200, describe: 'HNSW: candidates while the index is built.' },
    'hnsw-ef': { type: 'number', requiresArg: true, default: 100, describe: 'HNSW: candidates of a search.' },
    ...SOURCE_OPTIONS,
    out: { type: 'string', requiresArg: true, default: 'results', describe: 'Folder of results.csv, results.md, timings.csv, run.json.' },
    format: { type: 'string', requiresArg: true, default: 'table', describe: `What is printed: ${FORMATS.join(', ')}.` },
    finetune: { type: 'boolean', describe: 'Also train every encoder on every data set, by the flags of `bench finetune`, with the first pooling that is named (cls where none is).' },
    ...TRAINING_OPTIONS,
    overwrite: { type: 'boolean', describe: 'With --finetune: begin runs anew.' },
    'dry-run': { type: 'boolean', describe: 'Print the plan: cells, texts, what is cached, bytes to download, estimated minutes.' },
    quiet: { type: 'boolean', describe: 'No progress.' },
  },
  examples: [
    ['bench', 'The embedded suite: one small encoder, real data, every pooling.'],
    ['bench --dataset mine.csv --text-column text --label-column topic', 'Your data.'],
    ['bench --encoders bert-base-uncased,all-MiniLM-L12-v2 --datasets trec6,snips --pooling all,concat', 'Your choice from the registries.'],
    ['bench --model hf:BAAI/bge-small-en-v1.5 --model ./my-encoder --datasets trec6 --layers all', 'Encoders without a registry entry, layer by layer.'],
    ['bench --suite seed --dry-run', 'What would it take?'],
  ],
  async run(argv, terminal) {
    const started = new Date();
    const { suite, fallback } = suiteOf(argv);
    const format = word(argv, 'format', FORMATS) ?? 'table';
    if (isSet(argv, 'dry-run') && argv['format'] !== 'table') throw new HarnessError('OPTION', { where: '--format', what: 'The plan of --dry-run is lines for a person.', mend: 'Leave --format out, or --dry-run.' });
    const settings = settingsOf(argv, suite);
    if (settings.index === 'hnsw') loadHnswLibrary();
    const quiet = isSet(argv, 'quiet');
    const progress = openProgress({ stream: terminal.err, quiet });
    // A warning is no progress: it is said even where nothing else is.
    const warn = (line: string) => void (quiet ? terminal.err.write(`${line}\n`) : progress.log(line));
    try {
      const inputs = new Inputs(argv, progress);
      const chosen = inputs.chosenEncoders(fallback.encoders);
      const datasetChoices = inputs.chosenDatasets(fallback.datasets);
      const full = withConcat(settings, chosen.concat);
      if (chosen.list.length === 0) throw new HarnessError('OPTION', { where: '--encoders', what: 'No encoder is named.', mend: '"concat-all" joins the others of the run: name them too.' });
      if (full.concatNorms.length > 0 && chosen.list.length === 1) warn('One encoder has no other to stand beside: no rows of concat.');
      if (isSet(argv, 'dry-run')) {
        const { planText } = await import('./plan.ts');
        terminal.out.write(await planText({ inputs, encoders: chosen.list, datasets: datasetChoices, settings: full, terminal }));
        return 0;
      }
      const out = text(argv, 'out')!;
      await checkWritable(out);
      const file = path.join(out, 'results.csv');
      const { rows: old, unknownColumns } = await readRows(file);
      SearchThread.warm(settings.threads);
      const { encoders, datasets } = await openAll({ inputs, encoderChoices: chosen.list, datasetChoices, settings: full, warn, verbose: isSet(argv, 'verbose') });
      stateIndex(settings, datasets, progress);
      const training = isSet(argv, 'finetune') ? { argv, choice: trainingChoice(argv), encoders: chosen.list, datasets: datasetChoices, pooling: trainedPooling(argv, full) } : undefined;
      return await compute({ training, terminal, settings: full, inputs, encoders, datasets, out, file, old, unknownColumns, progress, warn, started, format });
    } finally {
      progress.close();
    }
  },
};

interface SuiteChoice {
  /** Where everything comes from the suite, its poolings and protocols count too. */
  readonly suite: Partial<SuiteEntry>;
  /** For the side (encoders, data sets) that no flag names. */
  readonly fallback: Pick<SuiteEntry, 'encoders' | 'datasets'>;
}

function suiteOf(argv: Arguments): SuiteChoice {
  const suites = loadSuites(text(argv, 'suites-file'));
  const named = text(argv, 'suite');
  const suite = findSuite(suites, named ?? DEFAULT_SUITE);
  const ownEncoders = argv['encoders'] !== undefined || argv['model'] !== undefined;
  const ownDatasets = argv['datasets'] !== undefined || argv['dataset'] !== undefined;
  if (named !== undefined || (!ownEncoders && !ownDatasets)) return { suite, fallback: suite };
  // Of the default suite only what fills the gap: its number type belongs to its encoder, its sample to its data.
  const { dtype, limit } = suite;
  return { suite: { dtype: ownEncoders ? undefined : dtype, limit: ownDatasets ? undefined : limit }, fallback: suite };
}

/** `concat-all` named as an encoder is the pooling `concat`. */
function withConcat(settings: Settings, concat: boolean): Settings {
  return concat && settings.concatNorms.length === 0 ? { ...settings, concatNorms: ['raw'] } : settings;
}

/** What ends in a dash, not in a stop: a file that no source gives now. */
const ABSENT: ReadonlySet<string> = new Set(['SOURCE', 'OFFLINE', 'CHECKSUM']);

interface OpenParams {
  readonly inputs: Inputs;
  readonly encoderChoices: readonly EncoderChoice[];
  readonly datasetChoices: readonly DatasetChoice[];
  readonly settings: Settings;
  readonly warn: (line: string) => void;
  readonly verbose: boolean;
}

/** Everything that planning can see is seen here. Throws what ends the run before anything is written. */
async function openAll({ inputs, encoderChoices, datasetChoices, settings, warn, verbose }: OpenParams): Promise<{ encoders: GridEncoder[]; datasets: GridDataset[] }> {
  let complaints: Complaint[] = [];
  const absent = (error: unknown): string => {
    if (!(error instanceof HarnessError) || !ABSENT.has(error.code)) throw error;
    complaints.push(error.complaint);
    return reason(error);
  };
  const datasets: GridDataset[] = [];
  for (const choice of datasetChoices) {
    try {
      const dataset = await inputs.openDataset(choice, settings);
      const protocols = protocolsOf(dataset, settings.protocols);
      if (protocols.length < settings.protocols.length) warn(`${dataset.key} has a train set alone: no rows of fit-train.`);
      checkProtocols({ dataset, protocols, ks: settings.ks });
      datasets.push({ name: choice.name, dataset, protocols });
    } catch (error) {
      datasets.push({ name: choice.name, missing: absent(error) });
    }
  }
  if (datasets.every((item) => 'missing' in item)) throw togetherComplaint(complaints);
  complaints = [];
  const encoders: GridEncoder[] = [];
  for (const choice of encoderChoices) {
    try {
      const encoder = await inputs.openEncoder(choice, settings);
      if (encoder.maxLength < (settings.maxLength ?? 0)) warn(`${choice.name} has ${encoder.maxLength} positions: its texts are cut there, not at ${settings.maxLength}.`);
      if (verbose) sayUnused(encoder, warn);
      encoderVectors(encoder, choice.name, settings);
      const first = choice.kind === 'entry' ? choice.entry.variants[0]?.dtype : undefined;
      if (settings.dtype === undefined && first !== undefined && encoder.dtype !== first) warn(`${choice.name}: ${first} is out of reach, ${encoder.dtype} is taken (--dtype decides).`);
      encoders.push({ name: choice.name, encoder });
    } catch (error) {
      encoders.push({ name: choice.name, missing: absent(error) });
    }
  }
  if (encoders.every((item) => 'missing' in item)) throw togetherComplaint(complaints);
  return { encoders, datasets };
}

/** What `--index auto` takes for the largest data set, and why. */
function stateIndex({ index }: Settings, datasets: readonly GridDataset[], progress: Progress): void {
  if (index !== 'auto') return;
  const rows = Math.max(0, ...datasets.map((item) => ('dataset' in item ? item.dataset.texts.length : 0)));
  progress.log(`Neighbours: ${chooseIndex({ index, rows, queries: rows }).why}`);
}

/** What --finetune adds. */
interface Training {
  readonly argv: Arguments;
  readonly choice: TrainingChoice;
  readonly encoders: readonly EncoderChoice[];
  readonly datasets: readonly DatasetChoice[];
  readonly pooling: Pooling;
}

function trainedPooling(argv: Arguments, { poolings }: Settings): Pooling {
  return argv['pooling'] === undefined || poolings[0] === undefined ? 'cls' : poolings[0];
}

interface ComputeParams {
  readonly training: Training | undefined;
  readonly terminal: Terminal;
  readonly settings: Settings;
  readonly inputs: Inputs;
  readonly encoders: readonly GridEncoder[];
  readonly datasets: readonly GridDataset[];
  readonly out: string;
  readonly file: string;
  readonly old: readonly Row[];
  readonly unknownColumns: readonly string[];
  readonly progress: Progress;
  readonly warn: (line: string) => void;
  readonly started: Date;
  readonly format: (typeof FORMATS)[number];
}

async function compute(params: ComputeParams): Promise<number> {
  const { training, terminal, settings, inputs, encoders, datasets, out, file, old, unknownColumns, progress, warn, started, format } = params;
  const rows: Row[] = [];
  const failures: Failure[] = [];
  const timings: Timing[] = [];
  if (unknownColumns.length > 0) warn(`${file}: columns ${unknownColumns.join(', ')} are of another version, and are dropped.`);
  for await (const outcome of computeGrid({ encoders, datasets, settings, vectorFolder: inputs.vectorFolder, progress, warn }, timings)) {
    if (outcome.failure !== undefined) failures.push(outcome.failure);
    else {
      rows.push(...outcome.rows);
      await writeRows({ file, rows: mergeRows({ old, fresh: rows }) });
    }
  }
  if (training !== undefined) {
    const { argv, ...grid } = training;
    const { trainGrid } = await import('./training-grid.ts');
    const trained = await trainGrid({
      ...grid, ...settings, inputs, out, progress, warn, save: undefined, overwrite: isSet(argv, 'overwrite'),
      onRows: (fresh) => writeRows({ file, rows: mergeRows({ old, fresh: [...rows, ...fresh] }) }),
    });
    rows.splice(0, Infinity, ...mergeRows({ old: rows, fresh: trained.rows }));
    failures.push(...trained.failures);
  }
  if (rows.length === 0) throw togetherComplaint([...new Set(failures.map((failure) => failure.reason))].map((what) => ({ what })));

  const titles = titlesOf(inputs, params);
  const published = await readPublished();
  await writeWhole({ file: path.join(out, 'results.md'), text: markdownOf({ rows: mergeRows({ old, fresh: rows }), failures, titles, published }) });
  await writeTimings({ file: path.join(out, 'timings.csv'), timings });
  await writeRunRecord({ file: path.join(out, 'run.json'), record: runRecord({ ...settings, started, rows, failures }) });
  progress.close();
  terminal.out.write(render({ rows, failures, titles, published, format, tty: terminal.width !== undefined, width: terminal.width, color: terminal.color }));
  if (format === 'table') terminal.err.write(`Written: ${['results.csv', 'results.md', 'timings.csv', 'run.json'].map((name) => path.join(out, name)).join(', ')}\n`);
  return failures.length === 0 ? 0 : 1;
}
