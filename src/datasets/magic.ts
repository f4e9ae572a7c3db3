/** Magic bytes of files that are not text: [bytes, offset, what, hint]. */
const MAGICS: readonly (readonly [bytes: string, at: number, what: string, hint: string])[] = [
  ['28b52ffd', 0, 'compressed with zstd', 'Unpack it (zstd -d), or compress it with gzip.'],
  ['425a68', 0, 'compressed with bzip2', 'Unpack it (bunzip2), or compress it with gzip.'],
  ['fd377a585a00', 0, 'compressed with xz', 'Unpack it (unxz), or compress it with gzip.'],
  ['04224d18', 0, 'compressed with lz4', 'Unpack it (lz4 -d), or compress it with gzip.'],
  ['504b0304', 0, 'a zip archive (or an Excel workbook)', 'Unpack it, or save the sheet as CSV.'],
  ['377abcaf271c', 0, 'a 7z archive', 'Unpack it.'],
  ['526172211a07', 0, 'a RAR archive', 'Unpack it.'],
  ['d0cf11e0a1b11ae1', 0, 'an Excel workbook', 'Save the sheet as CSV.'],
  ['50415231', 0, 'a Parquet file', 'Rename it to .parquet.'],
  ['4152524f5731', 0, 'an Arrow file', 'Write it as Parquet.'],
  ['53514c69746520666f726d61742033', 0, 'an SQLite database', 'Write the table as CSV or Parquet.'],
  ['7573746172', 257, 'a tar archive', 'Unpack it.'],
  ['fffe0000', 0, 'text in UTF-32', 'Save it as UTF-8.'],
  ['0000feff', 0, 'text in UTF-32', 'Save it as UTF-8.'],
];

/** Beginnings of text that is served instead of a file. */
const PAGES: readonly (readonly [begins: RegExp, what: string, hint: string])[] = [
  [/^version https:\/\/git-lfs\.github\.com\/spec\//, 'a Git LFS pointer, not the file', 'Fetch the file itself (git lfs pull).'],
  [
    /^\s*<\?xml\s/i,
    'an XML document, not a table',
    'If it is an error message, download the file again; if it is the data, save it as CSV.',
  ],
  [/^\s*<(!doctype html|html[ >])/i, 'a web page, not the file', 'Download the file itself: the URL may be that of its web page.'],
];

/** Number of bytes needed to recognise a beginning. */
export const MAGIC_BYTES = 512;

export interface Foreign {
  /** `compressed with zstd` */
  readonly what: string;
  readonly hint: string;
}

/** Kind of a file that is not a text table, by its beginning; undefined if it may be one. */
export function foreignFile(head: Buffer): Foreign | undefined {
  const magic = MAGICS.find(([bytes, at]) => head.subarray(at, at + bytes.length / 2).equals(Buffer.from(bytes, 'hex')));
  if (magic !== undefined && (magic[0] !== '425a68' || /^[1-9]1AY&SY/.test(head.toString('latin1', 3, 10)))) {
    return { what: magic[2], hint: magic[3] };
  }
  const text = head.toString('latin1', 0, MAGIC_BYTES).replace(/^\xef\xbb\xbf/, '');
  const page = PAGES.find(([begins]) => begins.test(text));
  return page === undefined ? undefined : { what: page[1], hint: page[2] };
}

export function isGzip(head: Buffer): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}
