import { isUtf8 } from 'node:buffer';
import { bounded, HarnessError } from '../errors.ts';
import { unitBytes, type Encoding } from './encodings.ts';

export interface DecodeParams {
  readonly bytes: Uint8Array;
  readonly encoding: Encoding;
  /** File name for the error. */
  readonly name: string;
  /** Line of the file that `bytes` begins with. Default: 1. */
  readonly firstLine?: number | undefined;
}

/**
 * Decodes bytes. Throws FORMAT with file:line for a byte that is invalid in the encoding, as U+FFFD in texts would silently change scores.
 * A byte order mark is kept.
 */
export function decode({ bytes, encoding, name, firstLine = 1 }: DecodeParams): string {
  const {
    text,
    bad: [first],
  } = decodeLines({ bytes, encoding, firstLine });
  return first === undefined ? text : throwBadLine(first, name);
}

export function throwBadLine({ line, what }: BadLine, name: string): never {
  throw new HarnessError('FORMAT', {
    where: `${name}:${line}`,
    what,
    hint: 'Save it as UTF-8, or list it in a registry with its encoding (latin1, windows-1252).',
  });
}

/** A line with bytes that are invalid in the encoding. */
export interface BadLine {
  readonly line: number;
  readonly what: string;
  /** The beginning of the line as Windows-1252, so that a reader sees whether that is the encoding. */
  readonly sample: string;
}

export interface Decoded {
  readonly text: string;
  /** Ascending. Such a line is in `text` with U+FFFD. */
  readonly bad: readonly BadLine[];
}

export interface DecodeLinesParams extends Pick<DecodeParams, 'bytes' | 'encoding' | 'firstLine'> {
  /** Newline character. */
  readonly newline?: number | undefined;
}

export const NEWLINE = 0x0a;

/** Text of whole lines, with the lines that are invalid in the encoding. */
export function decodeLines({ bytes, encoding, firstLine = 1, newline = NEWLINE }: DecodeLinesParams): Decoded {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = strictText(buffer, encoding);
  if (whole !== undefined) return { text: whole, bad: [] };
  const texts: string[] = [];
  const bad: BadLine[] = [];
  let line = firstLine;
  for (const part of byLine(buffer, { encoding, newline })) {
    const text = strictText(part, encoding);
    texts.push(text ?? looseText(part, encoding));
    if (text === undefined) {
      bad.push({ line, what: whatIsWrong(part, encoding), sample: bounded(strictText(part, 'windows-1252')!.trim(), SAMPLE_LETTERS) });
    }
    line++;
  }
  return { text: texts.join(''), bad };
}

const SAMPLE_LETTERS = 24;

/** Text of bytes; undefined if one of them is invalid in the encoding. */
function strictText(buffer: Buffer, encoding: Encoding): string | undefined {
  switch (encoding) {
    case 'utf8':
      return isUtf8(buffer) ? buffer.toString('utf8') : undefined;
    case 'latin1':
      return buffer.toString('latin1'); // TextDecoder('latin1') would be windows-1252
    case 'windows-1252':
      return buffer.toString('latin1').replace(/[\x80-\x9f]/g, (c) => WINDOWS_1252[c.charCodeAt(0) - 0x80]!);
    case 'utf-16le':
    case 'utf-16be': {
      if (buffer.length % 2 !== 0) return undefined;
      const text = utf16Text(buffer, encoding);
      return LONE_SURROGATE.test(text) ? undefined : text;
    }
    default:
      try {
        return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(buffer);
      } catch {
        return undefined;
      }
  }
}

/** Unpaired UTF-16 surrogate. */
export const LONE_SURROGATE = /\p{Surrogate}/u;

function utf16Text(buffer: Buffer, encoding: Encoding): string {
  return encoding === 'utf-16le' ? buffer.toString('utf16le') : Buffer.from(buffer).swap16().toString('utf16le');
}

function looseText(buffer: Buffer, encoding: Encoding): string {
  if (unitBytes(encoding) === 2) return utf16Text(buffer.subarray(0, buffer.length & ~1), encoding);
  return encoding === 'utf8' ? buffer.toString('utf8') : new TextDecoder(encoding, { ignoreBOM: true }).decode(buffer);
}

function whatIsWrong(buffer: Buffer, encoding: Encoding): string {
  if (encoding !== 'utf8') return `Contains bytes that are not ${encoding}.`;
  return `Byte 0x${(buffer[firstBadByte(buffer)] ?? 0).toString(16).toUpperCase().padStart(2, '0')} is not UTF-8.`;
}

/**
 * Windows-1252 characters of 0x80 to 0x9F, which otherwise is latin-1; five are undefined and kept. Written out because
 * TextDecoder('windows-1252') of Node 20 yields latin-1.
 */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/** Lines with their newlines. */
function* byLine(buffer: Buffer, { encoding, newline }: { encoding: Encoding; newline: number }): Generator<Buffer> {
  for (let start = 0; start < buffer.length;) {
    const end = newlineEnd(buffer, { encoding, newline, from: start });
    yield buffer.subarray(start, end);
    start = end;
  }
}

function newlineEnd(buffer: Buffer, { encoding, newline, from }: { encoding: Encoding; newline: number; from: number }): number {
  for (let at = buffer.indexOf(newline, from); at >= 0; at = buffer.indexOf(newline, at + 1)) {
    const end = newlineEndAt(buffer, at, encoding);
    if (end !== undefined) return end;
  }
  return buffer.length;
}

/** End of the newline whose non-zero byte is at `at`; undefined if that byte is half of another character. */
export function newlineEndAt(buffer: Buffer, at: number, encoding: Encoding): number | undefined {
  if (unitBytes(encoding) === 1) return at + 1;
  if (encoding === 'utf-16le') return at % 2 === 0 && buffer[at + 1] === 0 ? at + 2 : undefined;
  return at % 2 === 1 && buffer[at - 1] === 0 ? at + 1 : undefined;
}

function firstBadByte(bytes: Buffer): number {
  for (let at = 0; at < bytes.length;) {
    const lead = bytes[at]!;
    const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (!isUtf8(bytes.subarray(at, at + length))) return at;
    at += length;
  }
  return bytes.length;
}
