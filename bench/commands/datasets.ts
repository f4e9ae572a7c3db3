import { existsSync } from 'node:fs';
import type { Options } from 'yargs';
import { HarnessError, reason } from '../../src/errors.ts';
import { findDataset, loadDatasets } from '../../src/registry/datasets.ts';
import type { DatasetEntry, DatasetFile } from '../../src/registry/schema.ts';
import type { OutputFailure, OutputRow } from '../../src/report/output/output.ts';
import type { TABLES } from '../../src/report/output/tables.ts';
import { FORMATS } from '../../src/report/render.ts';
import { combineAvailability } from '../../src/sources/availability.ts';
import { probe } from '../../src/sources/probe.ts';
import { openSources, type Sources } from '../../src/sources/sources.ts';
import type { Availability } from '../../src/sources/types.ts';
import { listingText } from '../terminal/listing.ts';
import { DATASET_FLAGS, ONE_ENCODER_FLAGS } from '../flags/inputs.ts';
import { isSet, SEED_OPTION, SOURCE_OPTIONS, tableWidth, text, texts, WIDE_OPTION, word } from '../flags/options.ts';
import { say } from '../terminal/say.ts';
import type { CommandModule } from '../command-module.ts';
import { placeOf, whereWords } from '../terminal/where.ts';

/** Options of `datasets check` only. */
const CHECK_OPTIONS = {
  ...DATASET_FLAGS,
  ...SEED_OPTION,
  ...ONE_ENCODER_FLAGS,
  datasets: { type: 'string', requiresArg: true, describe: 'check: registry keys with commas.' },
  encoders: { type: 'string', requiresArg: true, describe: 'check: registry keys with commas, whose truncated texts are counted.' },
  'models-file': SOURCE_OPTIONS['models-file'],
  k: { type: 'number', requiresArg: true, default: 5, describe: 'check: neighbours that vote; classes with fewer texts are named.' },
} satisfies Record<string, Options>;

/** `bench datasets`: lists the datasets and where their files are; `bench datasets check`: checks their content. */
export const command: CommandModule = {
  summary:
    'List the datasets of the registry: rows, classes, label fields, and where their files are. `datasets check` looks into them, or ' +
    'into your own files: classes, majority baseline, duplicates, leakage, truncated texts.',
  usage: '[check] [KEY or FILE…]',
  options: {
    check: { type: 'boolean', describe: 'Check that every source responds. Downloads nothing.' },
    format: { type: 'string', requiresArg: true, default: 'table', describe: `Output format: ${FORMATS.join(', ')}.` },
    ...WIDE_OPTION,
    ...CHECK_OPTIONS,
    mirror: SOURCE_OPTIONS.mirror,
    offline: SOURCE_OPTIONS.offline,
    cache: SOURCE_OPTIONS.cache,
    'datasets-file': SOURCE_OPTIONS['datasets-file'],
  },
  examples: [
    ['bench datasets', 'All registry entries.'],
    ['bench datasets trec6 snips --check', 'Check that their sources respond.'],
    ['bench datasets check trec6', 'Data check.'],
    ['bench datasets check --dataset mine.csv --text-column text --label-column topic --format json', 'Your data, machine-readable.'],
  ],
  async run(argv, terminal) {
    if (argv._[0] === 'check') {
      const { checkDatasets } = await import('./datasets-check.ts');
      return checkDatasets({ ...argv, _: argv._.slice(1) }, terminal);
    }
    const stray = Object.entries<Options>(CHECK_OPTIONS).find(
      ([flag, option]) => argv[flag] !== undefined && argv[flag] !== ('default' in option ? option.default : undefined),
    );
    if (stray !== undefined) {
      throw new HarnessError('OPTION', {
        where: `--${stray[0]}`,
        what: 'It belongs to `bench datasets check`.',
        hint: 'Add check, or omit it.',
      });
    }
    const format = word(argv, 'format', FORMATS) ?? 'table';
    const datasets = loadDatasets(text(argv, 'datasets-file'));
    const named = argv._.map((name) => {
      const file = String(name);
      if (!datasets.has(file) && existsSync(file))
        throw new HarnessError('OPTION', {
          where: file,
          what: 'It is a file or folder, and this lists the registry.',
          hint: `\`bench datasets check ${file}\` looks into it.`,
        });
      return findDataset(datasets, file);
    });
    const entries = named.length === 0 ? [...datasets.values()] : [...new Set(named)];
    const sources = openSources({ cacheDir: text(argv, 'cache')!, offline: isSet(argv, 'offline'), mirrors: texts(argv, 'mirror') });
    const check = isSet(argv, 'check');
    const head = ['Key', 'Title', 'Rows', 'Classes', 'Label fields', 'From', 'Where', ...(check ? ['Responds'] : [])];
    const lines: string[][] = [];
    const rows: OutputRow<typeof TABLES.datasets>[] = [];
    const failures: (OutputFailure & { readonly dataset: string })[] = [];
    for (const entry of entries) {
      const plan = await availabilityOf(entry, sources);
      const origins = originsOf(entry);
      const [title, classes] = [entry.title ?? '', entry.classes === undefined ? '' : String(entry.classes)];
      const line = [
        entry.key,
        title,
        rowsOf(entry),
        classes,
        entry.labelFields.join(', '),
        origins.join(', ') || 'mirror only',
        whereWords(plan),
      ];
      let answer = '';
      if (check) {
        const failure = await answers(entry, sources);
        answer = String(failure === undefined);
        line.push(failure === undefined ? 'yes' : 'no');
        if (failure !== undefined) failures.push({ dataset: entry.key, reason: failure });
      }
      lines.push(line);
      rows.push({
        key: entry.key,
        title,
        ...sizesOf(entry),
        classes,
        label_fields: entry.labelFields,
        from: origins,
        ...placeOf(plan),
        answers: answer,
      });
    }
    terminal.out.write(
      listingText({ command: 'datasets', importance: IMPORTANCE, head, lines, rows, failures }, format, {
        out: terminal.out,
        width: tableWidth(argv, terminal),
      }),
    );
    for (const { dataset, reason: why } of failures) say(terminal.err, `${dataset}: ${why}`);
    return failures.length === 0 ? 0 : 1;
  },
};

/** On a narrow terminal the columns with the lowest importance are dropped first. */
const IMPORTANCE: Readonly<Record<string, number>> = {
  From: 1,
  'Label fields': 2,
  Title: 3,
  Where: 4,
  Classes: 5,
  Rows: 6,
  Responds: 7,
};

/** `5452 + 500`: train, dev, test, as far as they exist. */
function rowsOf({ rows = {} }: DatasetEntry): string {
  return ['train', 'dev', 'test', 'all'].flatMap((split) => (rows[split] === undefined ? [] : [String(rows[split])])).join(' + ');
}

/** The same, machine-readable: '' for a missing split, or an unknown size. */
function sizesOf({ rows = {} }: DatasetEntry) {
  const known = Object.values(rows);
  return {
    texts: known.length === 0 ? '' : String(known.reduce((sum, each) => sum + each, 0)),
    train: String(rows['train'] ?? ''),
    dev: String(rows['dev'] ?? ''),
    test: String(rows['test'] ?? ''),
  };
}

/** Hosts, packages and repositories, each once. */
function originsOf({ files }: DatasetEntry): string[] {
  const origins = files
    .flatMap(({ from }) => from)
    .map((source) => (source.startsWith('https:') ? new URL(source).host : source.startsWith('file:') ? 'your own files' : source));
  return [...new Set(origins)];
}

async function availabilityOf({ files }: DatasetEntry, sources: Sources): Promise<Availability> {
  const plans: Availability[] = [];
  for (const file of files) plans.push(await sources.planFile(file));
  return combineAvailability(plans);
}

/** Why some file is not available now; undefined if all are. */
async function answers({ files }: DatasetEntry, { context }: Sources): Promise<string | undefined> {
  for (const file of files) {
    const failure = await firstAnswer(file, (from) => probe(context, { from, paths: [file.path ?? ''], integrity: file.integrity }));
    if (failure !== undefined) return failure;
  }
  return undefined;
}

async function firstAnswer({ from, name }: DatasetFile, ask: (source: string) => Promise<void>): Promise<string | undefined> {
  let failure = `${name} has no public source.`;
  for (const source of from) {
    try {
      await ask(source);
      return undefined;
    } catch (error) {
      if (!(error instanceof HarnessError)) throw error;
      failure = reason(error);
    }
  }
  return failure;
}
