import { HarnessError } from '../errors.ts';
import { decodeLines, NEWLINE, newlineEndAt, type BadLine } from './decode.ts';
import type { Encoding } from './encodings.ts';

/** Whole lines of a file. */
export interface Block {
  readonly text: string;
  /** Number of its first line, from 1. */
  readonly firstLine: number;
  /** Lines that are not of the encoding. */
  readonly bad: readonly BadLine[];
}

/** A longer line is no text of a corpus: a file of another kind, or one without "\n". */
const MOST_LINE_BYTES = 256 << 20;

export interface LineBlocksParams {
  /** For errors. */
  readonly name: string;
  readonly encoding: Encoding;
  /** What ends a line; "\n" where left out. */
  readonly newline?: number | undefined;
  /** Encodings whose byte order mark is taken off. */
  readonly marked?: boolean | undefined;
}

/** Cuts bytes, as they come, into text of whole lines. */
export class LineBlocks {
  readonly #name: string;
  readonly #encoding: Encoding;
  readonly #newline: number;
  readonly #marked: boolean;
  #firstLine = 1;
  #pending: Buffer[] = [];
  #pendingBytes = 0;

  constructor({ name, encoding, newline = NEWLINE, marked = encoding === 'utf8' }: LineBlocksParams) {
    this.#name = name;
    this.#encoding = encoding;
    this.#newline = newline;
    this.#marked = marked;
  }

  /** The lines that end in `bytes`; undefined where none does. Throws FORMAT where a line is longer than any text. */
  push(bytes: Buffer): Block | undefined {
    const end = this.#lastEnd(bytes);
    const block = end === 0 ? undefined : this.#block(Buffer.concat([...this.#pending, bytes.subarray(0, end)]));
    if (end > 0) [this.#pending, this.#pendingBytes] = [[], 0];
    if (end < bytes.length) this.#pending.push(bytes.subarray(end));
    this.#pendingBytes += bytes.length - end;
    if (this.#pendingBytes > MOST_LINE_BYTES) {
      throw new HarnessError('FORMAT', {
        where: `${this.#name}:${this.#firstLine}`,
        what: `The line has more than ${MOST_LINE_BYTES >> 20} MiB.`,
        hint: 'Check that the file has the format of its extension.',
      });
    }
    return block;
  }

  /** What follows the last newline. */
  end(): Block | undefined {
    return this.#pending.length === 0 ? undefined : this.#block(Buffer.concat(this.#pending));
  }

  /** Byte behind the last newline; 0 where there is none. A newline of UTF-16 that two pieces share is found with the next one. */
  #lastEnd(bytes: Buffer): number {
    const odd = this.#pendingBytes % 2;
    // Places are even or odd from the beginning of what is pending on.
    const view = odd === 0 ? bytes : bytes.subarray(1);
    for (let at = view.lastIndexOf(this.#newline); at >= 0; at = at === 0 ? -1 : view.lastIndexOf(this.#newline, at - 1)) {
      const end = newlineEndAt(view, at, this.#encoding);
      if (end !== undefined) return end + (view === bytes ? 0 : 1);
    }
    return 0;
  }

  #block(bytes: Buffer): Block {
    const firstLine = this.#firstLine;
    const { text, bad } = decodeLines({ bytes, encoding: this.#encoding, firstLine, newline: this.#newline });
    const end = String.fromCharCode(this.#newline);
    for (let at = text.indexOf(end); at >= 0; at = text.indexOf(end, at + 1)) this.#firstLine++;
    return { text: firstLine === 1 && this.#marked && text.startsWith('\uFEFF') ? text.slice(1) : text, firstLine, bad };
  }
}
