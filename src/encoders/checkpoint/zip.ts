import { quoted } from '../../tensors/refusal.ts';
import { ByteStream, type WeightsFile } from '../../tensors/weights-file.ts';

/** An uncompressed file inside a zip archive. */
export interface ZipEntry {
  readonly name: string;
  /** Byte offset of its content in the archive. */
  readonly offset: number;
  readonly size: number;
}

/** A checkpoint has some hundred entries of about 60 bytes each: a much larger directory is invalid. */
const DIRECTORY_LIMIT = 1 << 24;

/** Signatures and lengths of records (PKWARE APPNOTE 6.3, section 4.3). */
const END = { signature: 0x06054b50, bytes: 22 } as const;
const END64 = { signature: 0x06064b50, bytes: 56 } as const;
const LOCATOR64 = { signature: 0x07064b50, bytes: 20 } as const;
const CENTRAL = { signature: 0x02014b50, bytes: 46 } as const;
const LOCAL = { signature: 0x04034b50, bytes: 30 } as const;

const MAX_COMMENT = 0xffff;
/** "See the zip64 field." */
const ELSEWHERE = 0xffffffff;
const FLAG = { encrypted: 0x2041, sizesFollow: 0x0008 } as const;

interface Directory {
  readonly offset: number;
  readonly bytes: number;
  readonly entries: number;
}

interface Listed extends ZipEntry {
  readonly rawName: Uint8Array;
  readonly flags: number;
  readonly checksum: number;
  readonly headerAt: number;
}

/**
 * The entries of a zip archive, by name. torch stores weights uncompressed; so compressed and encrypted entries are rejected, as are
 * duplicate names, overlapping entries, and entries whose two headers disagree. Throws FORMAT.
 */
export function readZip(file: WeightsFile): Map<string, ZipEntry> {
  const directory = findDirectory(file);
  const entries = new Map<string, ZipEntry>();
  let end = 0;
  for (const listed of readDirectory(file, directory).toSorted((a, b) => a.headerAt - b.headerAt)) {
    const name = quoted(listed.name);
    if (entries.has(listed.name)) throw file.refusal(`It has two entries ${name}.`);
    if (listed.headerAt < end) throw file.refusal(`Its entry ${name} overlaps the previous one.`);
    const offset = contentOffset(file, listed);
    end = offset + listed.size;
    if (end > directory.offset) throw file.refusal(`Its entry ${name} ends at byte ${end}, the last one can end at ${directory.offset}.`);
    entries.set(listed.name, { name: listed.name, offset, size: listed.size });
  }
  return entries;
}

function findDirectory(file: WeightsFile): Directory {
  const endAt = findEnd(file);
  const end = file.view(endAt, END.bytes);
  const short: Directory = { entries: end.getUint16(10, true), bytes: end.getUint32(12, true), offset: end.getUint32(16, true) };
  const { directory, limit } = readEnd64(file, endAt) ?? { directory: short, limit: endAt };
  const agree = (['entries', 'bytes', 'offset'] as const).every(
    (key) => short[key] === directory[key] || short[key] === (key === 'entries' ? 0xffff : ELSEWHERE),
  );
  if (!agree || end.getUint32(4, true) !== 0) throw file.refusal('The records at its end contradict each other.');
  if (
    directory.bytes > DIRECTORY_LIMIT ||
    directory.offset + directory.bytes > limit ||
    directory.entries * CENTRAL.bytes > directory.bytes
  ) {
    const { entries, bytes, offset } = directory;
    throw file.refusal(`Its directory of ${entries} entries claims ${bytes} bytes from byte ${offset}, but the file has ${file.size}.`);
  }
  return directory;
}

/** The last record whose declared end is the end of the file. */
function findEnd(file: WeightsFile): number {
  const from = Math.max(0, file.size - END.bytes - MAX_COMMENT);
  const tail = file.view(from, file.size - from);
  for (let at = tail.byteLength - END.bytes; at >= 0; at--) {
    if (tail.getUint32(at, true) === END.signature && at + END.bytes + tail.getUint16(at + 20, true) === tail.byteLength) return from + at;
  }
  throw file.refusal('It begins as a zip archive but has no end record: it is truncated.');
}

function readEnd64(file: WeightsFile, endAt: number): { directory: Directory; limit: number } | undefined {
  if (endAt < LOCATOR64.bytes) return undefined;
  const locator = file.view(endAt - LOCATOR64.bytes, LOCATOR64.bytes);
  if (locator.getUint32(0, true) !== LOCATOR64.signature) return undefined;
  const limit = size64(locator, 8);
  if (limit + END64.bytes > endAt) throw file.refusal('The records at its end contradict each other.');
  const end = file.view(limit, END64.bytes);
  if (end.getUint32(0, true) !== END64.signature) throw file.refusal('The records at its end contradict each other.');
  return { directory: { entries: size64(end, 32), bytes: size64(end, 40), offset: size64(end, 48) }, limit };
}

function readDirectory(file: WeightsFile, { offset, bytes, entries }: Directory): Listed[] {
  const stream = new ByteStream(file, { from: offset, to: offset + bytes });
  const listed: Listed[] = [];
  while (listed.length < entries) listed.push(readListed(stream));
  if (stream.position !== offset + bytes)
    throw file.refusal(`Its directory has ${entries} entries and ${offset + bytes - stream.position} bytes after them.`);
  return listed;
}

function readListed(stream: ByteStream): Listed {
  const { file } = stream;
  const header = stream.view(CENTRAL.bytes);
  if (header.getUint32(0, true) !== CENTRAL.signature)
    throw file.refusal(`Its directory is broken at byte ${stream.position - CENTRAL.bytes}.`);
  const [flags, method, checksum] = [header.getUint16(8, true), header.getUint16(10, true), header.getUint32(16, true)];
  const [packed, size, headerAt] = [header.getUint32(20, true), header.getUint32(24, true), header.getUint32(42, true)];
  const [nameBytes, extraBytes, commentBytes] = [header.getUint16(28, true), header.getUint16(30, true), header.getUint16(32, true)];
  const rawName = stream.bytes(nameBytes).slice();
  const name = new TextDecoder().decode(rawName);
  const extra = stream.view(extraBytes);
  const wide = readExtra64(extra, { size, packed, headerAt });
  stream.bytes(commentBytes);
  if ((flags & FLAG.encrypted) !== 0)
    throw file.refusal(`Its entry ${quoted(name)} is encrypted.`, { hint: 'Encrypted files are not supported.' });
  if (method !== 0) {
    throw file.refusal(`Its entry ${quoted(name)} is compressed.`, {
      hint: 'torch stores weights uncompressed: download the published file.',
    });
  }
  if (wide === undefined || wide.packed !== wide.size) throw file.refusal(`Its entry ${quoted(name)} has no readable size.`);
  return { name, rawName, flags, checksum, size: wide.size, headerAt: wide.headerAt, offset: wide.headerAt };
}

interface Sizes {
  readonly size: number;
  readonly packed: number;
  readonly headerAt: number;
}

/** Numbers too large for 4 bytes are in an extra field, one after the other (APPNOTE, section 4.5.3). */
function readExtra64(extra: DataView, sizes: Sizes): Sizes | undefined {
  const missing = (['size', 'packed', 'headerAt'] as const).filter((key) => sizes[key] === ELSEWHERE);
  if (missing.length === 0) return sizes;
  for (let at = 0; at + 4 <= extra.byteLength; at += 4 + extra.getUint16(at + 2, true)) {
    if (extra.getUint16(at, true) !== 1) continue;
    if (at + 4 + 8 * missing.length > extra.byteLength) return undefined;
    return { ...sizes, ...Object.fromEntries(missing.map((key, i) => [key, size64(extra, at + 4 + 8 * i)])) };
  }
  return undefined;
}

/** Offset of the content, after a local header that must agree with the directory. */
function contentOffset(file: WeightsFile, { name, rawName, flags, checksum, size, headerAt }: Listed): number {
  const header = file.view(headerAt, LOCAL.bytes);
  const nameBytes = header.getUint16(26, true);
  const [ownChecksum, packed, own] = [header.getUint32(14, true), header.getUint32(18, true), header.getUint32(22, true)];
  const later = (flags & FLAG.sizesFollow) !== 0;
  const said = (value: number, expected: number) => value === expected || value === ELSEWHERE || (later && value === 0);
  const agrees =
    header.getUint32(0, true) === LOCAL.signature &&
    header.getUint16(6, true) === flags &&
    header.getUint16(8, true) === 0 &&
    (ownChecksum === checksum || (later && ownChecksum === 0)) &&
    said(packed, size) &&
    said(own, size) &&
    nameBytes === rawName.length &&
    Buffer.compare(file.bytes(headerAt + LOCAL.bytes, nameBytes), rawName) === 0;
  if (!agrees) throw file.refusal(`Its entry ${quoted(name)} has a header that differs from its directory.`);
  return headerAt + LOCAL.bytes + nameBytes + header.getUint16(28, true);
}

/** Not exact above 2 ** 53, where every comparison with the file's size fails. */
function size64(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}
