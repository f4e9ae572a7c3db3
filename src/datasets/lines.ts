import { closeSync, openSync, readSync } from 'node:fs';
import { HarnessError, reason } from '../errors.ts';
import { decode, type Encoding } from './decode.ts';

export interface TextFile {
  /** On this disk. */
  readonly path: string;
  /** For errors. */
  readonly name: string;
  readonly encoding: Encoding;
}

const NEWLINE = 0x0a;
/** Large enough that a block costs little, small enough that a corpus of any size is read in bounded memory. */
const BLOCK_BYTES = 1 << 20;
/** A longer line is no text of a corpus: a file of another kind, or one without "\n". */
const MOST_LINE_BYTES = 256 << 20;

/** Text of a file in blocks of whole lines, without a byte order mark. Only "\n" ends a line: U+0085, U+2028 are text. Throws FORMAT. */
export function* blocks({ path, name, encoding }: TextFile): Generator<string> {
  const file = readable(name, () => openSync(path, 'r'));
  try {
    let firstLine = 1;
    let pending: Buffer[] = [];
    let pendingBytes = 0;
    const next = (bytes: Buffer): string => {
      const text = decode({ bytes, encoding, name, firstLine });
      const mark = firstLine === 1 && encoding === 'utf8' && text.startsWith('\uFEFF');
      firstLine += countNewlines(bytes);
      return mark ? text.slice(1) : text;
    };
    for (;;) {
      const block = Buffer.allocUnsafe(BLOCK_BYTES);
      const length = readable(name, () => readSync(file, block, 0, BLOCK_BYTES, null));
      if (length === 0) break;
      const bytes = block.subarray(0, length);
      const end = bytes.lastIndexOf(NEWLINE) + 1;
      if (end > 0) {
        yield next(Buffer.concat([...pending, bytes.subarray(0, end)]));
        pending = [];
        pendingBytes = 0;
      }
      if (end < length) pending.push(bytes.subarray(end));
      pendingBytes += length - end;
      if (pendingBytes > MOST_LINE_BYTES) throw new HarnessError('FORMAT', { where: `${name}:${firstLine}`, what: `The line has more than ${MOST_LINE_BYTES >> 20} MiB.`, mend: 'Check that the file is what its name says.' });
    }
    if (pending.length > 0) yield next(Buffer.concat(pending));
  } finally {
    closeSync(file);
  }
}

function readable<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new HarnessError('FORMAT', { where: name, what: `It cannot be read (${reason(error)}).` }, { cause: error });
  }
}

function countNewlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

/** Lines without their "\n". What follows the last "\n" is a line only where it is not empty. */
export function* lines(file: TextFile): Generator<Line> {
  let number = 0;
  for (const block of blocks(file)) {
    let start = 0;
    for (let end = block.indexOf('\n'); end >= 0; end = block.indexOf('\n', start)) {
      yield { text: block.slice(start, end), number: ++number };
      start = end + 1;
    }
    if (start < block.length) yield { text: block.slice(start), number: ++number };
  }
}

/** The whole file as one string, without a byte order mark. */
export function wholeText(file: TextFile): string {
  return [...blocks(file)].join('');
}
