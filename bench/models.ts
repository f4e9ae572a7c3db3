import path from 'node:path';
import { HarnessError, reason } from '../src/errors.ts';
import { packageRoot } from '../src/home.ts';
import { findModel, loadModels } from '../src/registry/models.ts';
import { writePins, type VariantPins } from '../src/registry/pin-file.ts';
import type { ModelEntry } from '../src/registry/schema.ts';
import { FORMATS } from '../src/report/render.ts';
import { chosenVariants } from '../src/sources/models.ts';
import { pinVariant } from '../src/sources/pin.ts';
import { probe, probeOf } from '../src/sources/probe.ts';
import { openSources, type Sources } from '../src/sources/sources.ts';
import { listingText } from './listing.ts';
import { isSet, SOURCE_OPTIONS, text, texts, word } from './options.ts';
import { say } from './say.ts';
import type { Arguments, Terminal, Verb } from './verb.ts';
import { whereWords } from './where.ts';

/** `bench models`: which encoders there are, and where their files are. */
export const verb: Verb = {
  summary: 'List the encoders of the registry: what is cached, what can be downloaded. Pin their files.',
  usage: '[KEY…]',
  options: {
    check: { type: 'boolean', describe: 'Ask every source whether it answers and has the files. Downloads none.' },
    pin: { type: 'boolean', describe: 'Resolve revisions to commits, and write them with the hashes of all files into the registry file.' },
    format: { type: 'string', requiresArg: true, default: 'table', describe: `${FORMATS.join(', ')}.` },
    mirror: SOURCE_OPTIONS.mirror,
    offline: SOURCE_OPTIONS.offline,
    cache: SOURCE_OPTIONS.cache,
    'models-file': SOURCE_OPTIONS['models-file'],
  },
  examples: [
    ['bench models', 'What there is.'],
    ['bench models --check', 'And what answers.'],
    ['bench models --pin my-encoder --models-file my-models.json', 'Nail my-encoder to the bytes of today.'],
  ],
  async run(argv, terminal) {
    const file = text(argv, 'models-file');
    const format = word(argv, 'format', FORMATS) ?? 'table';
    const models = loadModels(file);
    const named = argv._.map((name) => findModel(models, String(name)).entry);
    const entries = named.length === 0 ? [...models.values()] : [...new Set(named)];
    const sources = openSources({ cacheDir: text(argv, 'cache')!, offline: isSet(argv, 'offline'), mirrors: texts(argv, 'mirror') });
    if (isSet(argv, 'pin')) {
      // What is named and has nothing to pin is a mistake.
      for (const entry of named) chosenVariants(entry);
      return pin({ entries, sources, file: file ?? path.join(packageRoot(), 'models.json'), terminal });
    }
    return list({ entries, sources, argv, format, terminal });
  },
};

interface ListParams {
  readonly entries: readonly ModelEntry[];
  readonly sources: Sources;
  readonly argv: Arguments;
  readonly format: (typeof FORMATS)[number];
  readonly terminal: Terminal;
}

const COLUMNS = ['key', 'aliases', 'hub id', 'layers', 'type', 'form', 'from', 'where'] as const;

/** A row a variant. Status 1 where a check failed. */
async function list({ entries, sources, argv, format, terminal }: ListParams): Promise<number> {
  const check = isSet(argv, 'check');
  const columns = check ? [...COLUMNS, 'answers'] : COLUMNS;
  const rows: string[][] = [];
  const failures: string[] = [];
  for (const entry of entries) {
    const common = [entry.key, entry.aliases.join(', '), entry.hub ?? '', entry.layers === undefined ? '' : String(entry.layers)];
    if (entry.variants.length === 0) {
      rows.push([...common, '', '', '', 'all encoders of the run side by side', ...(check ? [''] : [])]);
      continue;
    }
    for (const variant of entry.variants) {
      const only = { ...entry, variants: [variant] };
      const row = [...common, variant.dtype, variant.onnx === undefined ? 'checkpoint' : 'ONNX', variant.from, whereWords(await sources.planModel(only, { ask: check }))];
      if (check) {
        const failure = await probe(sources.context, probeOf(variant)).then(() => undefined, complaint);
        row.push(failure === undefined ? 'yes' : 'no');
        if (failure !== undefined) failures.push(failure);
      }
      rows.push(row);
    }
  }
  terminal.out.write(listingText({ columns, rows }, format, terminal));
  for (const failure of new Set(failures)) say(terminal.err, failure);
  return failures.length === 0 ? 0 : 1;
}

function complaint(error: unknown): string {
  if (error instanceof HarnessError) return reason(error);
  throw error;
}

interface PinParams {
  readonly entries: readonly ModelEntry[];
  readonly sources: Sources;
  readonly file: string;
  readonly terminal: Terminal;
}

/** Pins what answers and says what does not; the file is written once, at the end. Status 1 where something did not answer. */
async function pin({ entries, sources, file, terminal }: PinParams): Promise<number> {
  const pins: VariantPins[] = [];
  let failed = 0;
  for (const entry of entries) {
    for (const [index, variant] of entry.variants.entries()) {
      try {
        const { from, integrity, files } = await pinVariant(sources.context, variant);
        // A `file:` path stays as its author wrote it.
        pins.push({ key: entry.key, variant: index, set: { from: from.startsWith('file:') ? undefined : from, integrity, files } });
        say(terminal.out, `${entry.key} ${variant.dtype}: ${from}, ${Object.keys(files).length} files`);
      } catch (error) {
        failed++;
        say(terminal.err, `${entry.key} ${variant.dtype}: ${complaint(error)}`);
      }
    }
  }
  await sources.context.notes.save();
  if (pins.length > 0) {
    const changed = await writePins(file, pins);
    say(terminal.out, changed ? `${pins.length} pinned in ${file}` : `Nothing new to pin in ${file}`);
  }
  return failed === 0 ? 0 : pins.length === 0 ? 2 : 1;
}
