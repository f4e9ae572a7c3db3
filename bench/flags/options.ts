import { availableParallelism } from 'node:os';
import type { Options } from 'yargs';
import { CARD_TOKEN_BUDGET, TOKEN_BUDGET } from '../../src/embed/batches.ts';
import { HarnessError } from '../../src/errors.ts';
import { defaultCacheDir } from '../../src/home.ts';
import { didYouMean } from '../../src/registry/names.ts';
import type { Arguments, Terminal } from '../command-module.ts';

/** Flags with one meaning in every command. */
export const SOURCE_OPTIONS = {
  mirror: { type: 'string', array: true, requiresArg: true, describe: 'Folder searched (by hash) before downloading.' },
  offline: { type: 'boolean', describe: 'Do not use the network.' },
  cache: {
    type: 'string',
    requiresArg: true,
    describe: 'Folder for downloads and vectors.',
    // From the environment when a command starts.
    get default(): string {
      return defaultCacheDir();
    },
    defaultDescription: "the system's cache folder",
  },
  'models-file': { type: 'string', requiresArg: true, describe: 'Registry of encoders to use instead of models.json.' },
  'datasets-file': { type: 'string', requiresArg: true, describe: 'Registry of datasets to use instead of datasets.json.' },
} as const satisfies Record<string, Options>;

/** Flags of resources, which do not affect results. */
export const RESOURCE_OPTIONS = {
  threads: {
    type: 'number',
    requiresArg: true,
    describe: 'Threads of encoder and search.',
    default: availableParallelism(),
    defaultDescription: 'one per core',
  },
  'token-budget': {
    type: 'number',
    requiresArg: true,
    describe: 'Tokens per batch: changes speed, never a score.',
    defaultDescription: `${TOKEN_BUDGET}; on a card by its memory, or ${CARD_TOKEN_BUDGET}`,
  },
} as const satisfies Record<string, Options>;

export const SEED_OPTION = {
  seed: { type: 'number', requiresArg: true, describe: 'Random seed.', default: 1 },
} as const satisfies Record<string, Options>;

/** Comma-separated words of a flag. Throws OPTION for an invalid word, with the most similar choice. */
export function words<T extends string>(argv: Arguments, flag: string, choices: readonly T[]): T[] {
  const found = keys(argv, flag);
  for (const one of found) {
    if ((choices as readonly string[]).includes(one)) continue;
    throw new HarnessError('OPTION', {
      where: `--${flag}`,
      what: `"${one}" is not a valid value.${didYouMean(one, choices)}`,
      hint: `It takes ${choices.join(', ')}.`,
    });
  }
  return found as T[];
}

/** One word of a flag. */
export function word<T extends string>(argv: Arguments, flag: string, choices: readonly T[]): T | undefined {
  const found = words(argv, flag, choices);
  if (found.length > 1) {
    throw new HarnessError('OPTION', {
      where: `--${flag}`,
      what: `It takes one value, got ${found.length}.`,
      hint: `Choose one of ${choices.join(', ')}.`,
    });
  }
  return found[0];
}

/** Text of a flag that is given once. */
export function text(argv: Arguments, flag: string): string | undefined {
  const value = argv[flag];
  if (value === undefined) return undefined;
  if (Array.isArray(value)) {
    throw new HarnessError('OPTION', { where: `--${flag}`, what: `It is given ${value.length} times.`, hint: 'Give it once.' });
  }
  return String(value);
}

/** Texts of a flag that may be repeated. */
export function texts(argv: Arguments, flag: string): string[] {
  const value = argv[flag];
  return value === undefined ? [] : [value].flat().map(String);
}

/** Comma-separated words as typed, without duplicates; none if the flag is omitted. Throws OPTION if it is empty. */
export function keys(argv: Arguments, flag: string): string[] {
  const value = text(argv, flag);
  if (value === undefined) return [];
  const found = [
    ...new Set(
      value
        .split(',')
        .map((key) => key.trim())
        .filter((key) => key !== ''),
    ),
  ];
  if (found.length === 0) {
    throw new HarnessError('OPTION', {
      where: `--${flag}`,
      what: 'It needs a value.',
      hint: 'Name at least one, or omit the flag.',
    });
  }
  return found;
}

/** Integer value of a flag. Throws OPTION if it is not an integer, or too small. */
export function whole(argv: Arguments, flag: string, min = 1): number | undefined {
  const value = text(argv, flag);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < min) {
    // yargs yields NaN if it is not a number.
    throw new HarnessError('OPTION', {
      where: `--${flag}`,
      what: `It takes a whole number of at least ${min}, got ${value === 'NaN' ? 'something else' : `"${value}"`}.`,
    });
  }
  return number;
}

/** Comma-separated integers. */
export function wholes(argv: Arguments, flag: string, min = 1): number[] {
  return keys(argv, flag).map((value) => whole({ _: [], [flag]: value }, flag, min)!);
}

export function isSet(argv: Arguments, name: string): boolean {
  return argv[name] === true;
}

/** For commands that save a classifier. */
export const TEXTS_OPTION = {
  texts: {
    type: 'boolean',
    default: true,
    describe: 'Save training texts with the model, to explain predictions; --texts=false saves only their vectors.',
  },
} as const satisfies Record<string, Options>;

/** Of commands without progress. */
export const QUIET_OPTION = { quiet: { type: 'boolean', describe: 'Hide the next command.' } } as const;

/** For commands that print tables. */
export const WIDE_OPTION = {
  wide: { type: 'boolean', describe: 'Print every table at its full width, not only what answers the question.' },
} as const satisfies Record<string, Options>;

/** Columns that tables may have; undefined: any number. */
export function tableWidth(argv: Arguments, { width }: Pick<Terminal, 'width'>): number | undefined {
  return isSet(argv, 'wide') ? undefined : width;
}
