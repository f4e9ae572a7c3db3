import { HarnessError, reason } from '../../src/errors.ts';
import { writePins, type VariantPins } from '../../src/registry/pin-file.ts';
import type { ModelEntry } from '../../src/registry/schema.ts';
import { sourcesOf } from '../../src/registry/variant-sources.ts';
import type { OutputFailure, OutputRow } from '../../src/report/output/output.ts';
import type { TABLES } from '../../src/report/output/tables.ts';
import type { Format } from '../../src/report/render.ts';
import { pinVariant } from '../../src/sources/pin.ts';
import type { Sources } from '../../src/sources/sources.ts';
import { printDone } from '../terminal/listing.ts';
import { say } from '../terminal/say.ts';
import type { Terminal } from '../command-module.ts';

interface PinParams {
  readonly entries: readonly ModelEntry[];
  readonly sources: Sources;
  readonly file: string;
  readonly format: Format;
  readonly terminal: Terminal;
}

/**
 * `bench models --pin`: pins what is available and reports what is not; the file is written once, at the end. Status 1 if a source did not
 * answer.
 */
export async function pin({ entries, sources, file, format, terminal }: PinParams): Promise<number> {
  const pins: VariantPins[] = [];
  const rows: OutputRow<(typeof TABLES)['models --pin']>[] = [];
  const failures: OutputFailure[] = [];
  const tell = (line: string): void => {
    if (format === 'table') say(terminal.out, line);
  };
  const fail = (key: string, dtype: string, error: unknown): void => {
    const why = complaint(error);
    failures.push({ encoder: key, reason: `${dtype}: ${why}` });
    say(terminal.err, `${key} ${dtype}: ${why}`);
  };
  for (const entry of entries) {
    for (const [index, variant] of entry.variants.entries()) {
      try {
        const { from, integrity, files, failures: silent } = await pinVariant(sources.context, variant);
        const named = sourcesOf({ from, integrity }).map((source) => source.from);
        pins.push({ key: entry.key, variant: index, set: { from, integrity, files } });
        rows.push({ key: entry.key, dtype: variant.dtype, from: named, files: String(Object.keys(files).length) });
        tell(`${entry.key} ${variant.dtype}: ${named.join(', ')}, ${Object.keys(files).length} files`);
        for (const error of silent) fail(entry.key, variant.dtype, error);
      } catch (error) {
        fail(entry.key, variant.dtype, error);
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

/** Why a source failed, as a line. */
export function complaint(error: unknown): string {
  if (error instanceof HarnessError) return reason(error);
  throw error;
}
