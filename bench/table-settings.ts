import type { ColumnNames } from '../src/datasets/corpus.ts';
import { encodingNamed, ENCODINGS, type Encoding } from '../src/datasets/encodings.ts';
import { HarnessError } from '../src/errors.ts';
import { didYouMean } from '../src/registry/names.ts';
import { isSet, text } from './options.ts';
import type { Arguments } from './verb.ts';
import { own } from '../src/own.ts';

/** What the flags say of tables: columns, and how their files are written. */
export function tableSettings(argv: Arguments): ColumnNames {
  return {
    textColumn: text(argv, 'text-column'),
    labelColumn: text(argv, 'label-column'),
    splitColumn: text(argv, 'split-column'),
    labelSeparator: text(argv, 'label-separator'),
    delimiter: delimiterOf(argv),
    encoding: encodingOf(argv),
    skipInvalid: isSet(argv, 'skip-invalid'),
  };
}

/** Flags that mean something to tables alone, of those that were given. */
export function tableFlags(argv: Arguments): string[] {
  return ['delimiter', 'encoding', 'skip-invalid']
    .filter((flag) => argv[flag] !== undefined && argv[flag] !== false)
    .map((flag) => `--${flag}`);
}

const WORDS: Readonly<Record<string, string>> = {
  tab: '\t',
  '\\t': '\t',
  comma: ',',
  semicolon: ';',
  pipe: '|',
  bar: '|',
  space: ' ',
  colon: ':',
};

/** A character, or a word for one. Throws OPTION. */
export function delimiterOf(argv: Arguments): string | undefined {
  const value = text(argv, 'delimiter');
  if (value === undefined) return undefined;
  const key = value.toLowerCase();
  const delimiter = own(WORDS, key) ?? value;
  if (/^[^"\r\n\p{L}\p{N}]$/u.test(delimiter) && delimiter.length === 1) return delimiter;
  throw new HarnessError('OPTION', {
    where: '--delimiter',
    what: `"${value}" does not separate fields.`,
    mend: 'It takes one character (",", ";", "|") or a word: tab, comma, semicolon, pipe, space.',
  });
}

/** Throws OPTION for a name that is none. */
export function encodingOf(argv: Arguments): Encoding | undefined {
  const value = text(argv, 'encoding');
  if (value === undefined) return undefined;
  const encoding = encodingNamed(value);
  if (encoding !== undefined) return encoding;
  throw new HarnessError('OPTION', {
    where: '--encoding',
    what: `There is no encoding "${value}".${didYouMean(value, ENCODINGS)}`,
    mend: `It takes ${ENCODINGS.join(', ')}.`,
  });
}
