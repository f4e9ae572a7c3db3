import path from 'node:path';
import { packageRoot } from '../../src/home.ts';
import { findModel, loadModels } from '../../src/registry/models.ts';
import type { ModelEntry, ModelVariant } from '../../src/registry/schema.ts';
import { placesOf, sourcesOf } from '../../src/registry/variant-sources.ts';
import type { OutputFailure, OutputRow } from '../../src/report/output/output.ts';
import type { TABLES } from '../../src/report/output/tables.ts';
import { FORMATS, type Format } from '../../src/report/render.ts';
import { chosenVariants } from '../../src/sources/models.ts';
import { probe, probeOf } from '../../src/sources/probe.ts';
import { openSources, type Sources } from '../../src/sources/sources.ts';
import { listingText } from '../terminal/listing.ts';
import { isSet, SOURCE_OPTIONS, tableWidth, text, texts, WIDE_OPTION, word } from '../flags/options.ts';
import { abilitiesOf, abilityWords, sizeWords } from '../terminal/abilities.ts';
import { say } from '../terminal/say.ts';
import type { Arguments, Terminal, CommandModule } from '../command-module.ts';
import { placeOf, whereWords } from '../terminal/where.ts';
import { families } from './models-families.ts';
import { complaint, pin } from './models-pin.ts';

/** `bench models`: lists the encoders and where their files are. */
export const command: CommandModule = {
  summary: 'List the encoders of the registry: cached, downloadable, size. Pin their files.',
  usage: '[KEY…]',
  options: {
    families: { type: 'boolean', describe: 'List encoder families: which can be embedded, fine-tuned, exported.' },
    check: { type: 'boolean', describe: 'Check that every source responds and has the files. Downloads nothing.' },
    pin: { type: 'boolean', describe: 'Pin to the current commit: write commits and file hashes into the registry file.' },
    format: { type: 'string', requiresArg: true, default: 'table', describe: `Output format: ${FORMATS.join(', ')}.` },
    ...WIDE_OPTION,
    mirror: SOURCE_OPTIONS.mirror,
    offline: SOURCE_OPTIONS.offline,
    cache: SOURCE_OPTIONS.cache,
    'models-file': SOURCE_OPTIONS['models-file'],
  },
  examples: [
    ['bench models', 'All registry entries.'],
    ['bench models --check', 'And what answers.'],
    ['bench models --families', 'Which kinds of checkpoints can be opened, trained, exported.'],
    ['bench models --pin my-encoder --models-file my-models.json', 'Nail my-encoder to the bytes of today.'],
  ],
  async run(argv, terminal) {
    const file = text(argv, 'models-file');
    const format = word(argv, 'format', FORMATS) ?? 'table';
    if (isSet(argv, 'families')) return families(argv, format, terminal);
    const models = loadModels(file);
    const named = argv._.map((name) => findModel(models, String(name)).entry);
    const entries = named.length === 0 ? [...models.values()] : [...new Set(named)];
    const sources = openSources({ cacheDir: text(argv, 'cache')!, offline: isSet(argv, 'offline'), mirrors: texts(argv, 'mirror') });
    if (isSet(argv, 'pin')) {
      // A named entry with nothing to pin is an error.
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

const HEAD = ['Key', 'Aliases', 'Hub ID', 'Family', 'Parameters', 'Layers', 'Precision', 'Form', 'From', 'Where', 'Can be'] as const;

/** On a narrow terminal the columns with the lowest importance are dropped first. */
const IMPORTANCE: Readonly<Record<string, number>> = {
  Aliases: 1,
  From: 2,
  'Hub ID': 3,
  Layers: 4,
  Family: 5,
  'Can be': 6,
  Where: 7,
  Form: 8,
  Precision: 9,
  Parameters: 10,
  Responds: 11,
};

/** One row per variant. Status 1 if a check failed. */
async function list({ entries, sources, argv, format, terminal }: ListParams): Promise<number> {
  const check = isSet(argv, 'check');
  const head = check ? [...HEAD, 'Responds'] : HEAD;
  const lines: string[][] = [];
  const rows: OutputRow<typeof TABLES.models>[] = [];
  const failures: OutputFailure[] = [];
  for (const entry of entries) {
    const common = commonOf(entry);
    const size = entry.parameters === undefined ? '' : sizeWords(entry.parameters);
    const cells = [entry.key, entry.aliases.join(', '), common.hub, common.family, size, common.layers];
    if (entry.variants.length === 0) {
      lines.push([...cells, '', '', '', 'all encoders of the run, concatenated', '', ...(check ? [''] : [])]);
      rows.push({ ...common, dtype: '', form: 'concatenation', from: [], where: '', bytes: '', ...abilitiesOf(entry), answers: '' });
      continue;
    }
    for (const variant of entry.variants) {
      const only = { ...entry, variants: [variant] };
      const { dtype, onnx } = variant;
      const from = sourcesOf(variant).map((source) => source.from);
      const plan = await sources.planModel(only, { ask: check });
      const can = abilitiesOf(entry, variant);
      const form = onnx === undefined ? 'checkpoint' : 'ONNX';
      const line = [...cells, dtype, form, from.join(', '), whereWords(plan), abilityWords(can)];
      let answers = '';
      if (check) {
        const failed = await silentSources(variant, sources);
        failures.push(...failed.map((failure) => ({ encoder: entry.key, reason: failure })));
        answers = String(failed.length < from.length);
        line.push(failed.length === 0 ? 'yes' : failed.length < from.length ? `${from.length - failed.length} of ${from.length}` : 'no');
      }
      lines.push(line);
      rows.push({ ...common, dtype, form: onnx === undefined ? 'checkpoint' : 'onnx', from, ...placeOf(plan), ...can, answers });
    }
  }
  terminal.out.write(
    listingText({ command: 'models', importance: IMPORTANCE, head, lines, rows, failures }, format, {
      out: terminal.out,
      width: tableWidth(argv, terminal),
    }),
  );
  for (const failure of new Set(failures.map(({ reason: why }) => why))) say(terminal.err, failure);
  return failures.length === 0 ? 0 : 1;
}

/** Fields shared by all variants of an encoder. */
function commonOf({ key, aliases, hub = '', family = '', parameters, licence = '', layers, prompts = {} }: ModelEntry) {
  return { key, aliases, hub, family, parameters: textOf(parameters), licence, layers: textOf(layers), prompts: Object.keys(prompts) };
}

function textOf(count: number | undefined): string {
  return count === undefined ? '' : String(count);
}

/** Why sources of a variant are unavailable, or lack its files. */
async function silentSources(variant: ModelVariant, { context }: Sources): Promise<string[]> {
  const failures: string[] = [];
  for (const place of placesOf(variant)) {
    const failure = await probe(context, probeOf(place)).then(() => undefined, complaint);
    if (failure !== undefined) failures.push(failure);
  }
  return failures;
}
