import { rm } from 'node:fs/promises';
import path from 'node:path';
import { jobFolder, trainingFolder, vectorFolder } from '../../src/home.ts';
import { groupBy } from '../../src/group-by.ts';
import { listDownloads, sizeOf, type Download } from '../../src/sources/downloads.ts';
import { listStore, prunable, verifyStore, type StoredVectors } from '../../src/embed/store-folders.ts';
import { HarnessError } from '../../src/errors.ts';
import type { OutputRow } from '../../src/report/output/output.ts';
import type { TABLES } from '../../src/report/output/tables.ts';
import { FORMATS } from '../../src/report/render.ts';
import { listingText, printDone } from '../terminal/listing.ts';
import { isSet, SOURCE_OPTIONS, tableWidth, text, WIDE_OPTION, word } from '../flags/options.ts';
import { say } from '../terminal/say.ts';
import type { CommandModule } from '../command-module.ts';
import { own } from '../../src/own.ts';

/** `bench cache`: shows, verifies and deletes what is stored. */
export const command: CommandModule = {
  summary: 'List cached vectors and downloads; verify checksums; prune vectors by size and age.',
  options: {
    verify: { type: 'boolean', describe: 'Verify the checksum of every file; damaged ones are removed and recomputed when needed.' },
    'max-age': { type: 'string', requiresArg: true, describe: 'Remove vectors not used for this long: 30d, 12h.' },
    'max-size': {
      type: 'string',
      requiresArg: true,
      describe: 'Remove the least recently used vectors until this much is left: 2GB, 500MB.',
    },
    'dry-run': { type: 'boolean', describe: 'Show what would be removed without removing it.' },
    format: { type: 'string', requiresArg: true, default: 'table', describe: `Output format: ${FORMATS.join(', ')}.` },
    ...WIDE_OPTION,
    cache: SOURCE_OPTIONS.cache,
  },
  examples: [
    ['bench cache', 'Names and sizes.'],
    ['bench cache --verify', 'Check for damaged files.'],
    ['bench cache --max-age 30d --max-size 2GB', 'Keep it small.'],
  ],
  async run(argv, terminal) {
    const { out } = terminal;
    const format = word(argv, 'format', FORMATS) ?? 'table';
    const tell = (line: string): void => {
      if (format === 'table') say(out, line);
    };
    const folder = vectorFolder(text(argv, 'cache')!);
    const age = text(argv, 'max-age');
    const size = text(argv, 'max-size');
    const limits = {
      before: age === undefined ? undefined : new Date(Date.now() - milliseconds(age)),
      maxBytes: size === undefined ? undefined : bytesOf(size),
    };
    const stored = await listStore(folder);
    const dry = isSet(argv, 'dry-run');
    if (isSet(argv, 'verify')) {
      const damaged = await verifyStore(stored, { remove: !dry });
      const failures = [...damaged].map(([file, why]) => ({ file, reason: `${why} ${dry ? 'It would be removed' : 'Removed'}.` }));
      for (const { file, reason } of failures) say(format === 'table' ? out : terminal.err, `${file}: ${reason}`);
      tell(`${stored.flatMap(({ shards }) => shards).length - damaged.size} files are intact, ${damaged.size} damaged.`);
      const rows = stored.map((each) => rowOf(each, { damaged, removed: damaged }));
      printDone({ command: 'cache', rows, notes: dryNotes(dry), failures }, format, terminal);
      return damaged.size === 0 ? 0 : 1;
    }
    if (age !== undefined || size !== undefined) {
      const files = prunable(stored, limits);
      if (!dry) await Promise.all(files.map(({ file }) => rm(file, { force: true })));
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
      tell(`${files.length} files, ${megabytes(bytes)}, ${dry ? 'would be removed' : 'removed'}.`);
      const removed = new Map(files.map(({ file }) => [file, '']));
      printDone({ command: 'cache', rows: stored.map((each) => rowOf(each, { removed })), notes: dryNotes(dry) }, format, terminal);
      return 0;
    }
    const cacheDir = text(argv, 'cache')!;
    const others = [...(await listDownloads(cacheDir)), ...(await unfinishedWork(cacheDir))];
    const lines = [...groupBy(stored, encoderOf).values()].map(vectorLine);
    const total = [...stored, ...others].reduce((sum, { bytes }) => sum + bytes, 0);
    if (stored.length + others.length > 0 || format !== 'table') {
      const rows = [...stored.map((each) => rowOf(each, {})), ...others.map(otherRow)];
      out.write(
        listingText({ command: 'cache', importance: IMPORTANCE, head: HEAD, lines: [...lines, ...others.map(otherLine)], rows }, format, {
          out: terminal.out,
          width: tableWidth(argv, terminal),
        }),
      );
    }
    const hub = others.some(({ kind }) => kind === 'hub') ? ", repositories of the hub in huggingface_hub's cache included" : '';
    tell(stored.length + others.length === 0 ? `Nothing cached in ${cacheDir}.` : `${megabytes(total)} in ${cacheDir}${hub}.`);
    return 0;
  },
};

const HEAD = ['Kind', 'Name', 'Vectors', 'Files', 'Size', 'Last used'];
/** On a narrow terminal the columns with the lowest importance are dropped first. */
const IMPORTANCE: Readonly<Record<string, number>> = { Files: 1, Vectors: 2, 'Last used': 3, Size: 4 };

/** Vectors of one encoder, length limit and prompt. */
function encoderOf({ key, folder }: StoredVectors): string {
  return key === undefined ? path.dirname(folder) : JSON.stringify([key.file, key.tokenizer, key.maxLength, key.prompt, key.device]);
}

/** One line for the encoder; vectors stored by versions without names show the start of its hash. */
function vectorLine(all: readonly StoredVectors[]): string[] {
  const [{ key }] = all as [StoredVectors];
  const settings = [
    key?.maxLength ? `${key.maxLength} tokens` : '',
    key?.prompt === undefined ? '' : `prompt ${JSON.stringify(key.prompt)}`,
    key?.device === undefined ? '' : `on ${key.device}`,
  ].filter((each) => each !== '');
  const bytes = all.reduce((sum, { bytes: size }) => sum + size, 0);
  return [
    'vectors',
    `${key?.encoder ?? key?.file.slice(0, 12) ?? '?'}${settings.length === 0 ? '' : ` (${settings.join(', ')})`}`,
    `${all.length} ${all.length === 1 ? 'pooling' : 'poolings'}`,
    String(all.reduce((sum, { shards }) => sum + shards.length, 0)),
    megabytes(bytes),
    dateOf(new Date(Math.max(...all.map(({ used }) => used.getTime())))),
  ];
}

interface Other extends Omit<Download, 'kind'> {
  readonly kind: Download['kind'] | 'unfinished';
}

/** Checkpoints from which interrupted runs resume. */
async function unfinishedWork(cacheDir: string): Promise<Other[]> {
  const places = [
    { name: 'training runs', folder: trainingFolder(cacheDir) },
    { name: 'results of jobs', folder: jobFolder(cacheDir) },
  ];
  const sizes = await Promise.all(
    places.map(async (place): Promise<Other> => ({ kind: 'unfinished', ...place, ...(await sizeOf(place.folder)) })),
  );
  return sizes.filter(({ files }) => files > 0);
}

function otherLine({ kind, name, files, bytes, used }: Other): string[] {
  return [kind, name, '', String(files), megabytes(bytes), dateOf(used)];
}

function otherRow({ kind, name, folder, files, bytes, used }: Other): OutputRow<typeof TABLES.cache> {
  const empty = { encoder_file: '', max_length: '', prompt: '', vectors: '', damaged: '', removed: '', removed_bytes: '' };
  return { ...empty, kind, name, folder, files: String(files), bytes: String(bytes), last_used: used.toISOString() };
}

function dateOf(date: Date): string {
  return date.toISOString().slice(0, 16);
}

interface Found {
  /** By file; undefined: not verified. */
  readonly damaged?: ReadonlyMap<string, string> | undefined;
  readonly removed?: ReadonlyMap<string, string> | undefined;
}

function rowOf({ folder, key, spec, shards, bytes, used }: StoredVectors, { damaged, removed }: Found): OutputRow<typeof TABLES.cache> {
  const among = (files: ReadonlyMap<string, string> | undefined) => files && shards.filter(({ file }) => files.has(file));
  const gone = among(removed);
  return {
    kind: 'vectors',
    name: key?.encoder ?? '',
    folder,
    encoder_file: key?.file ?? '',
    max_length: String(key?.maxLength ?? ''),
    prompt: key?.prompt === undefined ? '' : JSON.stringify(key.prompt),
    vectors: spec,
    files: String(shards.length),
    bytes: String(bytes),
    last_used: used.toISOString(),
    damaged: String(among(damaged)?.length ?? ''),
    removed: String(gone?.length ?? ''),
    removed_bytes: String(gone?.reduce((sum, shard) => sum + shard.bytes, 0) ?? ''),
  };
}

function dryNotes(dry: boolean): string[] {
  return dry ? ['--dry-run: nothing was removed.'] : [];
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

const DURATIONS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const SIZES: Readonly<Record<string, number>> = { kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 };

function milliseconds(value: string): number {
  return measure(value, DURATIONS, '--max-age', '90m, 12h, 30d, 4w');
}

function bytesOf(value: string): number {
  return measure(value, SIZES, '--max-size', '500MB, 2GB');
}

function measure(value: string, units: Readonly<Record<string, number>>, where: string, like: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(value) ?? [];
  const factor = own(units, unit?.toLowerCase() ?? '');
  if (number === undefined || factor === undefined) {
    throw new HarnessError('OPTION', { where, what: `"${value}" cannot be read.`, hint: `Write it like ${like}.` });
  }
  return Number(number) * factor;
}
