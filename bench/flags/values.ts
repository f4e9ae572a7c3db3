import { encodingNamed, ENCODINGS } from '../../src/datasets/encodings.ts';
import { SPLITS } from '../../src/datasets/dataset.ts';
import { HarnessError } from '../../src/errors.ts';
import { own } from '../../src/own.ts';
import { didYouMean } from '../../src/registry/names.ts';

/** Command-line syntax for values of requests. Other words are left as they are, for the request's schema to reject. */

/** `2000`, or `train=1000,dev=0`. */
export function limitValue(value: string): unknown {
  if (!value.includes('=')) return numberOr(value);
  const parts = value.split(',').map((part): [string, number] => {
    const [, name, size] = /^\s*(\w+)=(\d+)\s*$/.exec(part) ?? [];
    if (name === undefined || !SPLITS.some((split) => split === name)) {
      throw new HarnessError('OPTION', {
        where: '--limit',
        what: `"${part}" limits no split.`,
        hint: `Write ${SPLITS.map((split) => `${split}=100`).join(',')}, or any of them.`,
      });
    }
    return [name, Number(size)];
  });
  const twice = parts.find(([split], i) => parts.slice(0, i).some(([other]) => other === split));
  if (twice !== undefined) {
    throw new HarnessError('OPTION', { where: '--limit', what: `It limits ${twice[0]} twice.`, hint: 'Omit one of them.' });
  }
  return Object.fromEntries(parts);
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };
/** Maximum: timers are limited to 2^31 milliseconds. */
const MOST_HOURS = 240;

/** Seconds of a duration such as 90s, 2m, 1h. */
export function secondsOf(value: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([smh])$/.exec(value) ?? [];
  const seconds = Number(number) * own(UNIT_SECONDS, unit ?? '')!;
  if (seconds > MOST_HOURS * 3600) {
    throw new HarnessError('OPTION', {
      where: '--budget',
      what: `"${value}" is more than ${MOST_HOURS} hours.`,
      hint: 'Omit it: all texts are used then.',
    });
  }
  if (!(seconds >= 1)) {
    throw new HarnessError('OPTION', {
      where: '--budget',
      what: `"${value}" is not a duration of at least one second.`,
      hint: 'Write seconds, minutes or hours: 90s, 2m, 1h.',
    });
  }
  return seconds;
}

const DELIMITERS: Readonly<Record<string, string>> = {
  tab: '\t',
  '\\t': '\t',
  comma: ',',
  semicolon: ';',
  pipe: '|',
  bar: '|',
  space: ' ',
  colon: ':',
};

/** A character, or a name for one. */
export function delimiterValue(value: string): string {
  const delimiter = own(DELIMITERS, value.toLowerCase()) ?? value;
  if (/^[^"\r\n\p{L}\p{N}]$/u.test(delimiter) && delimiter.length === 1) return delimiter;
  throw new HarnessError('OPTION', {
    where: '--delimiter',
    what: `"${value}" does not separate fields.`,
    hint: 'It takes one character (",", ";", "|") or a word: tab, comma, semicolon, pipe, space.',
  });
}

/** An encoding by any of its names. */
export function encodingValue(value: string): string {
  const encoding = encodingNamed(value);
  if (encoding !== undefined) return encoding;
  throw new HarnessError('OPTION', {
    where: '--encoding',
    what: `There is no encoding "${value}".${didYouMean(value, ENCODINGS)}`,
    hint: `It takes ${ENCODINGS.join(', ')}.`,
  });
}

/** `embeddings`, a layer, or a range of layers. */
export function frozenValue(word: string): (string | number)[] {
  if (word === 'embeddings') return [word];
  const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(word) ?? [];
  const [first, last] = [Number(from), Number(to ?? from)];
  if (from === undefined || last < first) {
    throw new HarnessError('OPTION', {
      where: '--freeze',
      what: `"${word}" is neither "embeddings" nor a layer nor a range of layers.`,
      hint: 'Write embeddings,0-3: layers are counted from 0.',
    });
  }
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function numberOr(value: string): number | string {
  return value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
}
