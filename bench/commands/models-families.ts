import { listedFamilies } from '../../src/encoders/families/listed.ts';
import { HarnessError } from '../../src/errors.ts';
import type { Format } from '../../src/report/render.ts';
import { isSet, tableWidth } from '../flags/options.ts';
import { abilityWords } from '../terminal/abilities.ts';
import { listingText } from '../terminal/listing.ts';
import type { Arguments, Terminal } from '../command-module.ts';

/** On a narrow terminal the columns with the lowest importance are dropped first. */
const IMPORTANCE: Readonly<Record<string, number>> = { model_type: 1, Example: 2, 'Can be': 3 };

/** `bench models --families`: one row per family. Throws OPTION for options that concern encoders. */
export function families(argv: Arguments, format: Format, terminal: Terminal): number {
  const of = argv._.length > 0 ? 'KEY' : ['check', 'pin'].filter((flag) => isSet(argv, flag)).map((flag) => `--${flag}`)[0];
  if (of !== undefined) {
    throw new HarnessError('OPTION', { where: '--families', what: `${of} is for encoders.`, hint: 'Omit one of the two.' });
  }
  const rows = listedFamilies().map(({ title, types, of: encoders, opened, trained, exported }) => ({
    family: title,
    model_types: types,
    encoders,
    opened: String(opened),
    trained: String(trained),
    exported: String(exported),
  }));
  const lines = rows.map((row) => [row.family, row.model_types.join(', '), row.encoders.join(', '), abilityWords(row)]);
  const head = ['Family', 'model_type', 'Example', 'Can be'];
  terminal.out.write(
    listingText({ command: 'models --families', importance: IMPORTANCE, head, lines, rows }, format, {
      out: terminal.out,
      width: tableWidth(argv, terminal),
    }),
  );
  return 0;
}
