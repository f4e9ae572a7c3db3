import { HarnessError } from '../../src/errors.ts';
import { FORMATS, type Format } from '../../src/report/render.ts';
import { tablesOf } from '../flags/inputs.ts';
import { isSet, text, whole, word } from '../flags/options.ts';
import { explainOf } from '../flags/predict.ts';
import type { Arguments } from '../command-module.ts';

/** Options that apply to any model and input. */
export interface Asked {
  readonly out: string | undefined;
  readonly overwrite: boolean;
  readonly top: number | undefined;
  readonly explain: number;
  readonly prefix: string;
  readonly skipInvalid: boolean;
  /** Column that predictions are compared with. */
  readonly labels: string | undefined;
  readonly separator: string | undefined;
  /** Format printed to standard output. */
  readonly format: Format;
}

/** Throws OPTION for options that need a file if there is none. */
export function askedOf(argv: Arguments): Asked {
  const out = text(argv, 'out');
  const format = word(argv, 'format', FORMATS) ?? 'table';
  if (out === undefined && format !== 'table') {
    throw new HarnessError('OPTION', {
      where: '--format',
      what: 'It says what is printed of a file, and predictions go to standard output.',
      hint: 'Name a file with --out.',
    });
  }
  if (out === undefined && isSet(argv, 'overwrite')) {
    throw new HarnessError('OPTION', {
      where: '--overwrite',
      what: 'Nothing to replace: no output file is named.',
      hint: 'Name one with --out, or omit it.',
    });
  }
  const { labelColumn: labels, labelSeparator: separator, skipInvalid = false } = tablesOf(argv);
  return {
    out,
    overwrite: isSet(argv, 'overwrite'),
    top: whole(argv, 'top'),
    explain: explainOf(argv),
    prefix: text(argv, 'prefix') ?? '',
    skipInvalid,
    labels,
    separator,
    format,
  };
}
