import { HarnessError } from '../../src/errors.ts';
import { checkDataset, type CheckedDataset } from '../../src/experiment/check-dataset.ts';
import { checkRow } from '../../src/report/data-check-fields.ts';
import { dataCheckLines, dataFindings } from '../../src/report/data-check.ts';
import { FORMATS } from '../../src/report/render.ts';
import { wrapped } from '../../src/report/wrapped.ts';
import { flagged } from '../flags/flag-names.ts';
import { chosenDatasets, chosenEncoders, openingOf, openWorkspace, readingOf } from '../flags/inputs.ts';
import { listingText, plainListing } from '../terminal/listing.ts';
import { isSet, texts, whole, word } from '../flags/options.ts';
import { openProgress } from '../terminal/progress.ts';
import type { Arguments, Terminal } from '../command-module.ts';

/**
 * `bench datasets check`: only the data check that a run makes before it computes anything. Exits with 0 if all datasets can be read,
 * whatever is found.
 */
export async function checkDatasets(given: Arguments, terminal: Terminal): Promise<number> {
  if (isSet(given, 'check')) {
    throw new HarnessError('OPTION', {
      where: '--check',
      what: 'It checks that sources respond; `datasets check` reads the data.',
      hint: 'Omit one of them.',
    });
  }
  const argv = { ...given, _: [], dataset: [...texts(given, 'dataset'), ...given._.map(String)] };
  const format = word(argv, 'format', FORMATS) ?? 'table';
  const progress = openProgress({ stream: terminal.err });
  try {
    const workspace = openWorkspace(argv, progress, terminal);
    const choices = chosenDatasets(argv, workspace);
    if (choices.length === 0) {
      throw new HarnessError('OPTION', {
        where: '--dataset',
        what: 'No dataset is named.',
        hint: 'Name a file or a registry key: bench datasets check trec6.',
      });
    }
    const encoders = [];
    for (const ref of chosenEncoders(argv, workspace).list) encoders.push(await workspace.openEncoder(ref, openingOf(argv)));
    const found: CheckedDataset[] = [];
    for (const choice of choices) {
      const dataset = await workspace.openToCheck(choice, readingOf(argv));
      const asked = { k: whole(argv, 'k')!, amongAll: true, byTrain: dataset.split.some((split) => split !== 0) };
      found.push(await checkDataset({ dataset, encoders, asked }));
    }
    progress.close();
    const all = found.map(({ check, truncation }) => [check, truncation] as const);
    if (format === 'table')
      terminal.out.write(
        all
          .flatMap((each) => dataCheckLines(...each))
          .map(({ text }) => `${wrapped(flagged(text), terminal.width ?? Number.POSITIVE_INFINITY)}\n`)
          .join(''),
      );
    else {
      const notes = all.flatMap(([check]) => dataFindings(check).map((finding) => `${check.dataset}: ${finding}`));
      const rows = all.map((each) => checkRow(...each)).map((row) => ({ ...row, notes: row.notes.map(flagged) }));
      terminal.out.write(
        listingText(plainListing({ command: 'datasets check', rows, notes: [...workspace.notes, ...notes] }), format, terminal),
      );
    }
    return 0;
  } finally {
    progress.close();
  }
}
