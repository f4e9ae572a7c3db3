import { isUtf8 } from 'node:buffer';
import { HarnessError } from '../errors.ts';

export const ENCODINGS = ['utf8', 'latin1', 'windows-1252'] as const;
export type Encoding = (typeof ENCODINGS)[number];

export interface DecodeParams {
  readonly bytes: Uint8Array;
  readonly encoding: Encoding;
  /** File, for the error. */
  readonly name: string;
  /** Line of the file that `bytes` begins with; 1 where left out. */
  readonly firstLine?: number | undefined;
}

/**
 * Text of bytes. A byte that is not UTF-8 throws FORMAT with file:line, as a corpus with U+FFFD in it scores wrongly
 * and says nothing. A byte order mark is left where it is.
 */
export function decode({ bytes, encoding, name, firstLine = 1 }: DecodeParams): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (encoding) {
    case 'utf8':
      if (!isUtf8(buffer)) throw notUtf8(buffer, name, firstLine);
      return buffer.toString('utf8');
    case 'latin1':
      return buffer.toString('latin1'); // TextDecoder('latin1') would be windows-1252
    case 'windows-1252':
      return buffer.toString('latin1').replace(/[\x80-\x9f]/g, (c) => WINDOWS_1252[c.charCodeAt(0) - 0x80]!);
    default:
      return encoding satisfies never;
  }
}

/**
 * What 0x80 to 0x9F are in Windows-1252, which is latin-1 elsewhere; five have no meaning and stay as they are. Written out
 * because TextDecoder('windows-1252') of Node 20 gives latin-1.
 */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';
const NEWLINE = 0x0a;

function notUtf8(buffer: Buffer, name: string, firstLine: number): HarnessError {
  let line = firstLine;
  let start = 0;
  for (;;) {
    const end = buffer.indexOf(NEWLINE, start);
    const bytes = buffer.subarray(start, end < 0 ? buffer.length : end);
    if (end < 0 || !isUtf8(bytes)) {
      const byte = bytes[firstBadByte(bytes)] ?? 0;
      return new HarnessError('FORMAT', {
        where: `${name}:${line}`,
        what: `Byte 0x${byte.toString(16).toUpperCase().padStart(2, '0')} is not UTF-8.`,
        mend: 'Save it as UTF-8, or list it in a registry with its encoding (latin1, windows-1252).',
      });
    }
    start = end + 1;
    line++;
  }
}

function firstBadByte(bytes: Buffer): number {
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at]!;
    const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (!isUtf8(bytes.subarray(at, at + length))) return at;
    at += length;
  }
  return bytes.length;
}
