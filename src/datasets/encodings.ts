import { ENCODINGS, type Encoding } from '../registry/encodings.ts';
import { own } from '../own.ts';

export { ENCODINGS, type Encoding };

/** Common aliases. `utf-16` is little-endian unless the file's byte order mark says otherwise. */
const ALIASES: Readonly<Record<string, Encoding>> = {
  utf8sig: 'utf8',
  ascii: 'utf8',
  utf16: 'utf-16le',
  ucs2: 'utf-16le',
  iso88591: 'latin1',
  l1: 'latin1',
  cp1252: 'windows-1252',
  ansi: 'windows-1252',
  cp1250: 'windows-1250',
  cp1251: 'windows-1251',
  cp1253: 'windows-1253',
  cp1254: 'windows-1254',
  cp1257: 'windows-1257',
  latin2: 'iso-8859-2',
  latin9: 'iso-8859-15',
  macroman: 'macintosh',
  gbk: 'gb18030',
  gb2312: 'gb18030',
  cp936: 'gb18030',
  sjis: 'shift_jis',
  cp932: 'shift_jis',
  cp950: 'big5',
  cp949: 'euc-kr',
};

/** The encoding with this name, ignoring case, hyphens and underscores; undefined if unknown. */
export function encodingNamed(word: string): Encoding | undefined {
  const key = bare(word);
  return ENCODINGS.find((name) => bare(name) === key) ?? own(ALIASES, key);
}

function bare(name: string): string {
  return name.toLowerCase().replace(/[-_ ]/g, '');
}

/** Bytes per code unit: a newline in UTF-16 is at an even offset. */
export function unitBytes(encoding: Encoding): 1 | 2 {
  return encoding === 'utf-16le' || encoding === 'utf-16be' ? 2 : 1;
}
