import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { HarnessError, option, reason } from '../errors.ts';
import { NEWLINE } from './decode.ts';
import type { Encoding } from './encodings.ts';
import { LineBlocks, type Block } from './line-blocks.ts';
import type { TextFile } from './lines.ts';
import { foreignFile, isGzip, MAGIC_BYTES } from './magic.ts';
import { Peeked } from './peeked.ts';

const RETURN = 0x0d;
const QUOTE = 0x22;
const BLOCK_BYTES = 1 << 20;
/** Enough to detect encoding, newlines and delimiter. */
const HEAD_BYTES = 256 << 10;

/** A user's text file, and how it is read. */
export interface TextSource {
  readonly path: string;
  readonly name: string;
  readonly encoding: Encoding;
  readonly newline: '\n' | '\r';
  readonly gzip: boolean;
  /** Its first lines, or the beginning of a long one; the whole file if `whole`. */
  readonly head: string;
  readonly whole: boolean;
  /** Its bytes from the first, unpacked, if they come from a stream instead of a file: standard input. */
  readonly bytes?: AsyncIterable<Buffer> | undefined;
}

/** Receives a finding about a file, a sentence without its name. */
export type Find = (sentence: string) => void;

/**
 * Inspects the beginning of a file: gzip, byte order mark, UTF-16 without one, newlines. `encoding` utf8 is overridden by the first bytes.
 * Throws FORMAT if these are not text.
 */
export async function openText({ path, name, encoding: asked }: TextFile, find: Find = () => {}): Promise<TextSource> {
  const raw = await firstBytes(path, name);
  const gzip = isGzip(raw);
  const ending = /\.gz$/i.test(name);
  if (ending && !gzip && raw.length > 0) {
    throw new HarnessError('FORMAT', {
      where: name,
      what: 'It is not gzip-compressed, although its name says so.',
      hint: 'Rename it, or fetch it again.',
    });
  }
  if (gzip && !ending && /\.[a-z]+$/i.test(name)) find('It is gzip-compressed, although its name does not say so.');
  const bytes = await headBytes({ path, name, gzip });
  return { path, gzip, ...looked({ bytes, raw, gzip, whole: bytes.length < HEAD_BYTES, name, asked, find }) };
}

interface Looked extends Asked {
  /** The beginning, unpacked. */
  readonly bytes: Buffer;
  /** As in the file. */
  readonly raw: Buffer;
  readonly gzip: boolean;
  readonly whole: boolean;
}

/** How a text is to be read, from its beginning. */
function looked({ bytes, raw, gzip, whole, name, asked, find }: Looked): Omit<TextSource, 'path' | 'gzip' | 'bytes'> {
  const foreign =
    foreignFile(gzip ? bytes : raw) ??
    (gzip && isGzip(bytes) ? { what: 'compressed with gzip twice', hint: 'Unpack it once.' } : undefined);
  if (foreign !== undefined) throw new HarnessError('FORMAT', { where: name, what: `It is ${foreign.what}.`, hint: foreign.hint });
  const encoding = encodingOf(bytes, { asked, name, find });
  const newline = newlineOf(bytes, encoding);
  if (newline === RETURN) find('Its lines end with carriage returns only (classic Mac OS).');
  const cutter = new LineBlocks({ name, encoding, newline, marked: true });
  const lines = cutter.push(bytes)?.text ?? '';
  const head = whole || lines === '' ? lines + (cutter.end()?.text ?? '') : lines;
  return { name, encoding, newline: newline === RETURN ? '\r' : '\n', head, whole };
}

export interface TextStream {
  readonly stream: Readable;
  /** For messages. */
  readonly name: string;
  readonly encoding: Encoding;
}

/** How long to wait for more of a stream that has a line already: it may be typed by hand. */
const PAUSE_MS = 250;

/**
 * The same for a stream: inspects what arrives before the first pause, at most 256 KiB. Throws FORMAT as `openText` does, and while its
 * blocks are read.
 */
export async function openStream({ stream, name, encoding: asked }: TextStream, find: Find = () => {}): Promise<TextSource> {
  const raw = new Peeked(arrived(stream, name));
  await raw.look((bytes) => bytes.length >= MAGIC_BYTES || bytes.includes(NEWLINE));
  const gzip = isGzip(raw.head);
  const begins = raw.head.subarray(0, MAGIC_BYTES);
  const text = gzip ? new Peeked(gunzipped(raw, name)) : raw;
  await text.look((bytes) => bytes.length >= HEAD_BYTES || bytes.includes(NEWLINE));
  await text.look((bytes) => bytes.length >= HEAD_BYTES, PAUSE_MS);
  return { path: '', gzip, ...looked({ bytes: text.head, raw: begins, gzip, whole: text.ended, name, asked, find }), bytes: text };
}

/**
 * Its text in blocks of whole lines, without a byte order mark. Throws FORMAT if it cannot be read, or a gzip stream is damaged or
 * truncated.
 */
export async function* textBlocks({ path, name, encoding, newline, gzip, bytes: piecesOfIt }: TextSource): AsyncGenerator<Block> {
  const cutter = new LineBlocks({ name, encoding, newline: newline.charCodeAt(0), marked: true });
  for await (const bytes of piecesOfIt ?? pieces({ path, name, gzip })) {
    const block = cutter.push(bytes);
    if (block !== undefined) yield block;
  }
  const last = cutter.end();
  if (last !== undefined) yield last;
}

interface Packed {
  readonly path: string;
  readonly name: string;
  readonly gzip: boolean;
}

/** Bytes as read from disk, unpacked. A stream of several gzip members is one file. */
async function* pieces({ path, name, gzip }: Packed): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: BLOCK_BYTES });
  const stream = gzip ? file.pipe(createGunzip({ chunkSize: BLOCK_BYTES })) : file;
  // Errors do not propagate through a pipe.
  if (stream !== file) file.on('error', (error) => stream.destroy(error));
  try {
    for await (const bytes of stream) yield bytes as Buffer;
  } catch (error) {
    throw unread(name, error);
  } finally {
    file.destroy();
  }
}

/** Bytes of a stream as they arrive. */
async function* arrived(stream: Readable, name: string): AsyncGenerator<Buffer> {
  try {
    for await (const bytes of stream) yield typeof bytes === 'string' ? Buffer.from(bytes) : (bytes as Buffer);
  } catch (error) {
    throw unread(name, error);
  }
}

async function* gunzipped(packed: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  const unpacked = createGunzip({ chunkSize: BLOCK_BYTES });
  const source = Readable.from(packed);
  source.on('error', (error) => unpacked.destroy(error));
  try {
    for await (const bytes of source.pipe(unpacked)) yield bytes as Buffer;
  } catch (error) {
    throw unread(name, error);
  } finally {
    source.destroy();
  }
}

/** The error for a failure while bytes are read or unpacked. */
function unread(name: string, error: unknown): HarnessError {
  if (error instanceof HarnessError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'Z_BUF_ERROR') {
    return new HarnessError(
      'FORMAT',
      { where: name, what: 'Its gzip stream ends before its end.', hint: 'Download it again: it is truncated.' },
      { cause: error },
    );
  }
  if (code.startsWith('Z_')) {
    return new HarnessError(
      'FORMAT',
      { where: name, what: `Its gzip stream is damaged (${reason(error)}).`, hint: 'Download it again.' },
      { cause: error },
    );
  }
  return unreadable(name, error);
}

function unreadable(name: string, error: unknown): HarnessError {
  return new HarnessError('FORMAT', { where: name, what: `Cannot be read (${reason(error)}).` }, { cause: error });
}

async function firstBytes(path: string, name: string): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(1024), 0, 1024, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(name, error);
  }
}

/** Fewer than HEAD_BYTES only if the file ends. */
async function headBytes(packed: Packed): Promise<Buffer> {
  const found: Buffer[] = [];
  let length = 0;
  for await (const bytes of pieces(packed)) {
    found.push(bytes);
    length += bytes.length;
    if (length >= HEAD_BYTES) break;
  }
  return Buffer.concat(found).subarray(0, HEAD_BYTES);
}

interface Asked {
  readonly asked: Encoding;
  readonly name: string;
  readonly find: Find;
}

function encodingOf(bytes: Buffer, { asked, name, find }: Asked): Encoding {
  const [marked, title] = markOf(bytes);
  if (marked === undefined) {
    const silent = asked === 'utf8' ? unmarkedUtf16(bytes, name) : undefined;
    if (silent !== undefined) {
      find(`It is read as UTF-16 (${silent === 'utf-16le' ? 'little' : 'big'}-endian), detected by its zero bytes.`);
    }
    return silent ?? asked;
  }
  if (asked !== 'utf8' && asked !== marked && !(asked === 'utf-16le' && marked === 'utf-16be')) {
    throw new HarnessError('FORMAT', {
      where: name,
      what: `It has a ${title} byte-order mark, but ${asked} was requested.`,
      hint: `Omit ${option('encoding')}.`,
    });
  }
  if (marked !== 'utf8' && asked !== marked) find(`It is read as ${title}, by its byte-order mark.`);
  return marked;
}

function markOf(bytes: Buffer): readonly [] | readonly [Encoding, string] {
  const [a, b, c] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return ['utf8', 'UTF-8'];
  if (a === 0xff && b === 0xfe) return ['utf-16le', 'UTF-16 (little-endian)'];
  return a === 0xfe && b === 0xff ? ['utf-16be', 'UTF-16 (big-endian)'] : [];
}

/** Minimum characters of a header, for detecting UTF-16: every second byte of them is 0. */
const LETTERS = 4;

function unmarkedUtf16(bytes: Buffer, name: string): Encoding | undefined {
  const zeros = (step: number, rest: number) =>
    Array.from({ length: LETTERS }, (_, i) => bytes[step * i + rest]).every((byte) => byte === 0);
  const letters = (step: number, rest: number) =>
    Array.from({ length: LETTERS }, (_, i) => bytes[step * i + rest] ?? 0).every((byte) => byte >= 0x20 || byte === 0x09);
  if ((letters(4, 0) && zeros(4, 1) && zeros(4, 2) && zeros(4, 3)) || (letters(4, 3) && zeros(4, 0) && zeros(4, 1) && zeros(4, 2))) {
    throw new HarnessError('FORMAT', { where: name, what: 'It is text in UTF-32.', hint: 'Save it as UTF-8.' });
  }
  if (letters(2, 0) && zeros(2, 1)) return 'utf-16le';
  return letters(2, 1) && zeros(2, 0) ? 'utf-16be' : undefined;
}

/** "\r" is the newline of a file if it ends the first line and is, outside quotes, more frequent than "\n", which is then text. */
function newlineOf(bytes: Buffer, encoding: Encoding): number {
  if (!bytes.includes(RETURN)) return NEWLINE;
  const text =
    encoding === 'utf-16le' || encoding === 'utf-16be'
      ? bytes.subarray(encoding === 'utf-16le' ? 0 : 1).filter((_, at) => at % 2 === 0)
      : bytes;
  let quoted = false;
  let [first, returns, newlines] = [NEWLINE, 0, 0];
  for (let at = 0; at < text.length; at++) {
    if (text[at] === QUOTE) quoted = !quoted;
    if (quoted) continue;
    if (text[at] === RETURN && text[at + 1] !== NEWLINE) returns++;
    else if (text[at] === NEWLINE) newlines++;
    if (returns + newlines === 1 && newlines === 0) first = RETURN;
  }
  return first === RETURN && returns > newlines ? RETURN : NEWLINE;
}
