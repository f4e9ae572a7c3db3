import { closeSync, openSync, readSync } from 'node:fs';
import { HarnessError, reason } from '../errors.ts';
import { throwBadLine } from './decode.ts';
import type { Encoding } from './encodings.ts';
import { LineBlocks, type Block } from './line-blocks.ts';

export interface TextFile {
  /** Path on disk. */
  readonly path: string;
  /** Name for errors. */
  readonly name: string;
  readonly encoding: Encoding;
}

/** Large enough for low overhead per block, small enough that any dataset is read in bounded memory. */
const BLOCK_BYTES = 1 << 20;

/**
 * Text of a file in blocks of whole lines, without a byte order mark. Only "\n" ends a line: U+0085, U+2028 are text. For files of known
 * encoding, as those of the registry; the user's own tables are read by text-source.ts. Throws FORMAT.
 */
export function* blocks({ path, name, encoding }: TextFile): Generator<string> {
  const file = readable(name, () => openSync(path, 'r'));
  const text = ({ text: found, bad: [first] }: Block): string => (first === undefined ? found : throwBadLine(first, name));
  try {
    const cutter = new LineBlocks({ name, encoding });
    for (;;) {
      const bytes = Buffer.allocUnsafe(BLOCK_BYTES);
      const length = readable(name, () => readSync(file, bytes, 0, BLOCK_BYTES, null));
      if (length === 0) break;
      const block = cutter.push(bytes.subarray(0, length));
      if (block !== undefined) yield text(block);
    }
    const last = cutter.end();
    if (last !== undefined) yield text(last);
  } finally {
    closeSync(file);
  }
}

function readable<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new HarnessError('FORMAT', { where: name, what: `Cannot be read (${reason(error)}).` }, { cause: error });
  }
}

export interface Line {
  readonly text: string;
  /** Counted from 1. */
  readonly number: number;
}

/** Lines without their "\n". What follows the last "\n" is a line only if it is not empty. */
export function* lines(file: TextFile): Generator<Line> {
  let number = 0;
  for (const block of blocks(file)) {
    for (const text of linesOf(block, '\n')) yield { text, number: ++number };
  }
}

/** Lines of a text, without their newlines. */
export function* linesOf(text: string, end: string): Generator<string> {
  let start = 0;
  for (let at = text.indexOf(end); at >= 0; at = text.indexOf(end, start)) {
    yield text.slice(start, at);
    start = at + 1;
  }
  if (start < text.length) yield text.slice(start);
}

/** The whole file as one string, without a byte order mark. */
export function wholeText(file: TextFile): string {
  return [...blocks(file)].join('');
}
