import { HarnessError } from '../errors.ts';
import { decodeLines, NEWLINE, newlineEndAt, type BadLine } from './decode.ts';
import type { Encoding } from './encodings.ts';

/** Whole lines of a file. */
export interface Block {
  readonly text: string;
  /** Number of its first line, counted from 1. */
  readonly firstLine: number;
  /** Lines that are invalid in the encoding. */
  readonly bad: readonly BadLine[];
}

/** A longer line is not a text: a file of another kind, or one without "\n". */
const MOST_LINE_BYTES = 256 << 20;

export interface LineBlocksParams {
  /** Name for errors. */
  readonly name: string;
  readonly encoding: Encoding;
  /** Newline character. Default: "\n". */
  readonly newline?: number | undefined;
  /** Encodings whose byte order mark is removed. */
  readonly marked?: boolean | undefined;
}

/** Splits a byte stream into text blocks of whole lines. */
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

  /** The lines that end in `bytes`; undefined if none does. Throws FORMAT if a line is longer than any text. */
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

  /** End of the last newline; 0 if there is none. A UTF-16 newline split between two chunks is found with the next one. */
  #lastEnd(bytes: Buffer): number {
    const odd = this.#pendingBytes % 2;
    // Offsets are even or odd relative to the start of the pending bytes.
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
