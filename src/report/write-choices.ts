import type { Choice } from '../choosing/choice.ts';
import { CHOICE_CSV, CHOICE_JSON } from '../results/choice-files.ts';
import type { ResultsFolder } from '../results/folder.ts';
import { writeWhole } from '../results/write.ts';
import { renderChoices } from './render-choices.ts';
import type { Titles } from './titles.ts';

/** Writes choose.csv and choose.json: the output of `--format csv` and `--format json`, without warnings. */
export async function writeChoices(results: ResultsFolder, choices: readonly Choice[], titles: Titles): Promise<void> {
  for (const [name, format] of [
    [CHOICE_CSV, 'csv'],
    [CHOICE_JSON, 'json'],
  ] as const) {
    const text = renderChoices({ choices, titles, format, tty: false });
    await results.write(name, (file) => writeWhole({ file, text }));
  }
}
