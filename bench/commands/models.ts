import path from 'node:path';
import { HarnessError, reason } from '../../src/errors.ts';
import { packageRoot } from '../../src/home.ts';
import { findModel, loadModels } from '../../src/registry/models.ts';
import { writePins, type VariantPins } from '../../src/registry/pin-file.ts';
import type { ModelEntry } from '../../src/registry/schema.ts';
import type { OutputFailure, OutputRow } from '../../src/report/output/output.ts';
import type { TABLES } from '../../src/report/output/tables.ts';
import { FORMATS, type Format } from '../../src/report/render.ts';
import { chosenVariants } from '../../src/sources/models.ts';
import { pinVariant } from '../../src/sources/pin.ts';
import { probe, probeOf } from '../../src/sources/probe.ts';
import { openSources, type Sources } from '../../src/sources/sources.ts';
import { listingText, printDone } from '../terminal/listing.ts';
import { isSet, SOURCE_OPTIONS, text, texts, word } from '../flags/options.ts';
import { say } from '../terminal/say.ts';
import type { Arguments, Terminal, Verb } from '../verb.ts';
import { placeOf, whereWords } from '../terminal/where.ts';

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
      return pin({ entries, sources, file: file ?? path.join(packageRoot(), 'models.json'), format, terminal });
    }
    return list({ entries, sources, argv, format, terminal });
  },
};

interface ListParams {
  readonly entries: readonly ModelEntry[];
  readonly sources: Sources;
  readonly argv: Arguments;
  readonly format: Format;
  readonly terminal: Terminal;
}

const HEAD = ['key', 'aliases', 'hub id', 'layers', 'type', 'form', 'from', 'where'] as const;

/** A row a variant. Status 1 where a check failed. */
async function list({ entries, sources, argv, format, terminal }: ListParams): Promise<number> {
  const check = isSet(argv, 'check');
  const head = check ? [...HEAD, 'answers'] : HEAD;
  const lines: string[][] = [];
  const rows: OutputRow<typeof TABLES.models>[] = [];
  const failures: OutputFailure[] = [];
  for (const entry of entries) {
    const common = [entry.key, entry.aliases.join(', '), entry.hub ?? '', entry.layers === undefined ? '' : String(entry.layers)];
    if (entry.variants.length === 0) {
      lines.push([...common, '', '', '', 'all encoders of the run side by side', ...(check ? [''] : [])]);
      rows.push({ ...commonOf(entry), dtype: '', form: 'concatenation', from: '', where: '', bytes: '', answers: '' });
      continue;
    }
    for (const variant of entry.variants) {
      const only = { ...entry, variants: [variant] };
      const { dtype, onnx, from } = variant;
      const plan = await sources.planModel(only, { ask: check });
      const line = [...common, dtype, onnx === undefined ? 'checkpoint' : 'ONNX', from, whereWords(plan)];
      let answers = '';
      if (check) {
        const failure = await probe(sources.context, probeOf(variant)).then(() => undefined, complaint);
        answers = String(failure === undefined);
        line.push(failure === undefined ? 'yes' : 'no');
        if (failure !== undefined) failures.push({ encoder: entry.key, reason: failure });
      }
      lines.push(line);
      rows.push({ ...commonOf(entry), dtype, form: onnx === undefined ? 'checkpoint' : 'onnx', from, ...placeOf(plan), answers });
    }
  }
  terminal.out.write(listingText({ command: 'models', head, lines, rows, failures }, format, terminal));
  for (const failure of new Set(failures.map(({ reason: why }) => why))) say(terminal.err, failure);
  return failures.length === 0 ? 0 : 1;
}

/** What the variants of an encoder have in common. */
function commonOf({ key, aliases, hub = '', layers }: ModelEntry) {
  return { key, aliases, hub, layers: layers === undefined ? '' : String(layers) };
}

function complaint(error: unknown): string {
  if (error instanceof HarnessError) return reason(error);
  throw error;
}

interface PinParams {
  readonly entries: readonly ModelEntry[];
  readonly sources: Sources;
  readonly file: string;
  readonly format: Format;
  readonly terminal: Terminal;
}

/** Pins what answers and says what does not; the file is written once, at the end. Status 1 where something did not answer. */
async function pin({ entries, sources, file, format, terminal }: PinParams): Promise<number> {
  const pins: VariantPins[] = [];
  const rows: OutputRow<(typeof TABLES)['models --pin']>[] = [];
  const failures: OutputFailure[] = [];
  const tell = (line: string): void => {
    if (format === 'table') say(terminal.out, line);
  };
  for (const entry of entries) {
    for (const [index, variant] of entry.variants.entries()) {
      try {
        const { from, integrity, files } = await pinVariant(sources.context, variant);
        // A `file:` path stays as its author wrote it.
        pins.push({ key: entry.key, variant: index, set: { from: from.startsWith('file:') ? undefined : from, integrity, files } });
        rows.push({ key: entry.key, dtype: variant.dtype, from, files: String(Object.keys(files).length) });
        tell(`${entry.key} ${variant.dtype}: ${from}, ${Object.keys(files).length} files`);
      } catch (error) {
        const why = complaint(error);
        failures.push({ encoder: entry.key, reason: `${variant.dtype}: ${why}` });
        say(terminal.err, `${entry.key} ${variant.dtype}: ${why}`);
      }
    }
  }
  await sources.context.notes.save();
  const notes: string[] = [];
  if (pins.length > 0) {
    const changed = await writePins(file, pins);
    notes.push(changed ? `${pins.length} pinned in ${file}` : `Nothing new to pin in ${file}`);
    tell(notes[0]!);
  }
  if (failures.length > 0 && pins.length === 0) return 2;
  printDone({ command: 'models --pin', rows, notes, failures }, format, terminal);
  return failures.length === 0 ? 0 : 1;
}
