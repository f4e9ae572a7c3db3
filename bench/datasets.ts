import { HarnessError, reason } from '../src/errors.ts';
import { findDataset, loadDatasets } from '../src/registry/datasets.ts';
import type { DatasetEntry, DatasetFile } from '../src/registry/schema.ts';
import { FORMATS } from '../src/report/render.ts';
import { farthest } from '../src/sources/farthest.ts';
import { probe } from '../src/sources/probe.ts';
import { openSources, type Sources } from '../src/sources/sources.ts';
import type { Plan } from '../src/sources/types.ts';
import { listingText } from './listing.ts';
import { isSet, SOURCE_OPTIONS, text, texts, word } from './options.ts';
import { say } from './say.ts';
import type { Verb } from './verb.ts';
import { whereWords } from './where.ts';

/** `bench datasets`: which data sets there are, and where their files are. */
export const verb: Verb = {
  summary: 'List the data sets of the registry: rows, classes, label fields, and where their files are.',
  usage: '[KEY…]',
  options: {
    check: { type: 'boolean', describe: 'Ask every source whether it answers. Downloads nothing.' },
    format: { type: 'string', requiresArg: true, default: 'table', describe: `${FORMATS.join(', ')}.` },
    mirror: SOURCE_OPTIONS.mirror,
    offline: SOURCE_OPTIONS.offline,
    cache: SOURCE_OPTIONS.cache,
    'datasets-file': SOURCE_OPTIONS['datasets-file'],
  },
  examples: [
    ['bench datasets', 'What there is.'],
    ['bench datasets trec6 snips --check', 'Do their sources answer?'],
  ],
  async run(argv, terminal) {
    const format = word(argv, 'format', FORMATS) ?? 'table';
    const datasets = loadDatasets(text(argv, 'datasets-file'));
    const named = argv._.map((name) => findDataset(datasets, String(name)));
    const entries = named.length === 0 ? [...datasets.values()] : [...new Set(named)];
    const sources = openSources({ cacheDir: text(argv, 'cache')!, offline: isSet(argv, 'offline'), mirrors: texts(argv, 'mirror') });
    const check = isSet(argv, 'check');
    const columns = ['key', 'title', 'rows', 'classes', 'label fields', 'from', 'where', ...(check ? ['answers'] : [])];
    const rows: string[][] = [];
    const failures: string[] = [];
    for (const entry of entries) {
      const row = [entry.key, entry.title ?? '', rowsOf(entry), entry.classes === undefined ? '' : String(entry.classes), entry.labelFields.join(', '), originsOf(entry), whereWords(await planOf(entry, sources))];
      if (check) {
        const failure = await answers(entry, sources);
        row.push(failure === undefined ? 'yes' : 'no');
        if (failure !== undefined) failures.push(`${entry.key}: ${failure}`);
      }
      rows.push(row);
    }
    terminal.out.write(listingText({ columns, rows }, format, terminal));
    for (const failure of failures) say(terminal.err, failure);
    return failures.length === 0 ? 0 : 1;
  },
};

/** `5452 + 500`: train, dev, test as far as there are such. */
function rowsOf({ rows = {} }: DatasetEntry): string {
  return ['train', 'dev', 'test', 'all'].flatMap((split) => (rows[split] === undefined ? [] : [String(rows[split])])).join(' + ');
}

/** Hosts, packages and repositories, each once. */
function originsOf({ files }: DatasetEntry): string {
  const origins = files.flatMap(({ from }) => from).map((source) => (source.startsWith('https:') ? new URL(source).host : source.startsWith('file:') ? 'your own files' : source));
  return [...new Set(origins)].join(', ') || 'a mirror alone';
}

async function planOf({ files }: DatasetEntry, sources: Sources): Promise<Plan> {
  const plans: Plan[] = [];
  for (const file of files) plans.push(await sources.planFile(file));
  return farthest(plans);
}

/** Why some file cannot be had now; undefined where all can. */
async function answers({ files }: DatasetEntry, { shelf }: Sources): Promise<string | undefined> {
  for (const file of files) {
    const failure = await firstAnswer(file, (from) => probe(shelf, { from, paths: [file.path ?? ''], integrity: file.integrity }));
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
