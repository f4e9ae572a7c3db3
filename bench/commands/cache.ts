import { rm } from 'node:fs/promises';
import { vectorFolder } from '../../src/home.ts';
import { listStore, prunable, verifyStore, type StoredVectors } from '../../src/embed/store-folders.ts';
import { HarnessError } from '../../src/errors.ts';
import type { OutputRow } from '../../src/report/output/output.ts';
import type { TABLES } from '../../src/report/output/tables.ts';
import { FORMATS } from '../../src/report/render.ts';
import { listingText, printDone } from '../terminal/listing.ts';
import { isSet, SOURCE_OPTIONS, text, word } from '../flags/options.ts';
import { say } from '../terminal/say.ts';
import type { Verb } from '../verb.ts';
import { own } from '../../src/own.ts';

/** `bench cache`: what is stored, whether it is sound, and what may go. */
export const verb: Verb = {
  summary: 'List stored vectors; verify their checksums; prune by size and age.',
  options: {
    verify: { type: 'boolean', describe: 'Read every file and compare checksums; damaged ones are removed, to be computed again.' },
    'max-age': { type: 'string', requiresArg: true, describe: 'Remove what was not used for so long: 30d, 12h.' },
    'max-size': { type: 'string', requiresArg: true, describe: 'Remove the longest unused until so much is left: 2GB, 500MB.' },
    'dry-run': { type: 'boolean', describe: 'Say what would be removed, and remove nothing.' },
    format: { type: 'string', requiresArg: true, default: 'table', describe: `What is printed: ${FORMATS.join(', ')}.` },
    cache: SOURCE_OPTIONS.cache,
  },
  examples: [
    ['bench cache', 'What is there.'],
    ['bench cache --verify', 'Is it sound?'],
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
      tell(`${stored.flatMap(({ shards }) => shards).length - damaged.size} files are sound, ${damaged.size} damaged.`);
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
    const head = ['encoder file', 'max length', 'prompt', 'vectors', 'files', 'size', 'last used'];
    const lines = stored.map(({ key, spec, shards, bytes, used }) => [
      key?.file.slice(0, 16) ?? '?',
      key === undefined ? '?' : String(key.maxLength ?? 'none'),
      key?.prompt === undefined ? '' : JSON.stringify(key.prompt),
      spec,
      String(shards.length),
      megabytes(bytes),
      used.toISOString().slice(0, 16),
    ]);
    const total = stored.reduce((sum, { bytes }) => sum + bytes, 0);
    if (stored.length > 0 || format !== 'table') {
      out.write(listingText({ command: 'cache', head, lines, rows: stored.map((each) => rowOf(each, {})) }, format, terminal));
    }
    tell(stored.length === 0 ? `No vectors in ${folder}.` : `${megabytes(total)} in ${folder}`);
    return 0;
  },
};

interface Found {
  /** By file; undefined: nobody looked. */
  readonly damaged?: ReadonlyMap<string, string> | undefined;
  readonly removed?: ReadonlyMap<string, string> | undefined;
}

function rowOf({ folder, key, spec, shards, bytes, used }: StoredVectors, { damaged, removed }: Found): OutputRow<typeof TABLES.cache> {
  const among = (files: ReadonlyMap<string, string> | undefined) => files && shards.filter(({ file }) => files.has(file));
  const gone = among(removed);
  return {
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
    throw new HarnessError('OPTION', { where, what: `"${value}" is no measure.`, hint: `Write it like ${like}.` });
  }
  return Number(number) * factor;
}
