/** Encodings that a text file may be in, by the names that registries and --encoding use. */
export const ENCODINGS = [
  'utf8', 'utf-16le', 'utf-16be', 'latin1', 'windows-1252', 'windows-1250', 'windows-1251', 'windows-1253', 'windows-1254', 'windows-1257',
  'iso-8859-2', 'iso-8859-5', 'iso-8859-7', 'iso-8859-15', 'koi8-r', 'koi8-u', 'macintosh', 'gb18030', 'big5', 'shift_jis', 'euc-jp',
  'euc-kr',
] as const;
export type Encoding = (typeof ENCODINGS)[number];
