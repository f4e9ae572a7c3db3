import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { namedFormat, type FileFormat } from '../../src/datasets/formats.ts';
import type { InputFormat } from '../../src/datasets/input/input-format.ts';
import type { RowsOutput } from '../../src/classifiers/output/predict-rows.ts';
import { ResumableFile } from '../../src/classifiers/output/resumable-file.ts';
import type { OutputFormat } from '../../src/classifiers/output/rows-text.ts';
import { HarnessError } from '../../src/errors.ts';
import { rawOf } from '../../src/report/harmless.ts';
import type { Terminal } from '../command-module.ts';

export interface OutputFormatParams<F extends FileFormat> {
  readonly out: string | undefined;
  /** Value of --input. */
  readonly input: string;
  /** Formats that can be written. */
  readonly formats: readonly F[];
}

/**
 * Format of --out by its extension; undefined if predictions go to standard output. Throws OPTION for an unsupported one, and for the input
 * file itself.
 */
export function outputFormatOf<F extends FileFormat>({ out, input, formats }: OutputFormatParams<F>): F | undefined {
  if (out === undefined) return undefined;
  const named = namedFormat(out);
  const format = formats.find((each) => each === named?.format);
  if (format === undefined || named!.gzip) {
    const endings = formats.map((each) => `.${each}`);
    throw new HarnessError('OPTION', {
      where: '--out',
      what: named?.gzip === true ? `Unsupported format: ${out} would be compressed.` : `Unsupported format: "${path.basename(out)}".`,
      hint: `Use ${endings.slice(0, -1).join(', ')} or ${endings.at(-1)}.`,
    });
  }
  if (input !== '-' && isSameFile(out, input)) {
    throw new HarnessError('OPTION', {
      where: '--out',
      what: `${out} is the input, which would be overwritten.`,
      hint: 'Name another file.',
    });
  }
  return format;
}

function isSameFile(a: string, b: string): boolean {
  try {
    const [one, other] = [statSync(a), statSync(b)];
    return realpathSync(a) === realpathSync(b) || (one.ino === other.ino && one.dev === other.dev && one.ino !== 0);
  } catch {
    return false;
  }
}

/** Default format of standard output: that of the input. */
export function formatLike(input: InputFormat): OutputFormat {
  switch (input) {
    case 'csv':
    case 'lines':
      return 'csv';
    case 'tsv':
      return 'tsv';
    case 'json':
    case 'jsonl':
      return 'jsonl';
    default:
      return input satisfies never;
  }
}

/** A hash of everything that determines the output, except the input. */
export function keyOf(parts: readonly unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify(['predictions 1', ...parts]))
    .digest('hex');
}

export interface OpenedOutput extends RowsOutput {
  readonly file: ResumableFile | undefined;
  /** The reader has closed it. */
  readonly isEnded: () => boolean;
}

/** A file that can be resumed. Throws as `ResumableFile.open`. */
export async function fileOutput(
  file: string,
  { overwrite, key }: { readonly overwrite: boolean; readonly key: string },
): Promise<OpenedOutput> {
  const opened = await ResumableFile.open({ file, overwrite, key });
  return {
    file: opened,
    write: (text) => opened.write(text),
    mark: (mark, options) => opened.mark(mark, options),
    resumed: opened.resumed,
    part: `${file}.part`,
    isEnded: () => false,
  };
}

/** Standard output, at the pace of its reader. A reader that closes it is not an error. */
export function streamOutput({ out }: Pick<Terminal, 'out'>): OpenedOutput {
  const raw = rawOf(out);
  let isEnded = false;
  const gone = new Promise<void>((resolve) => {
    for (const event of ['error', 'close']) {
      (raw as Partial<typeof raw>).once?.(event, () => {
        isEnded = true;
        resolve();
      });
    }
  });
  return {
    file: undefined,
    write: async (text) => {
      if (!isEnded && !out.write(text)) await Promise.race([once(raw, 'drain'), gone]);
    },
    isEnded: () => isEnded,
  };
}
