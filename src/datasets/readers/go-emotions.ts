import { shown } from '../../errors.ts';
import { fileNamed, splitOf, textFile, type Reader } from '../reader.ts';
import { badRow } from '../faults.ts';
import { lines } from '../lines.ts';
import { trimAscii } from '../trim.ts';

const NAMES = 'emotions.txt';

/**
 * `text TAB comma-separated ids TAB comment id`. Fields are split at tabs only: quotes are literal. The ids are line numbers of
 * emotions.txt.
 */
export const goEmotions: Reader = function* ({ files, encoding }) {
  const names = [...lines(textFile(fileNamed(files, NAMES), encoding))].map(({ text }) => trimAscii(text));
  for (const file of files) {
    if (file.name === NAMES) continue;
    for (const { text, number } of lines(textFile(file, encoding))) {
      const fields = text.split('\t');
      if (fields.length !== 3) throw badRow(file, number, `The line has ${fields.length} fields, expected 3.`);
      const labels = (fields[1] ?? '').split(',').map((id) => {
        const name = /^\d+$/.test(id) ? names[Number(id)] : undefined;
        if (name === undefined || name === '')
          throw badRow(file, number, `${shown(id)} is not a line number of ${NAMES}, from 0 to ${names.length - 1}.`);
        return name;
      });
      yield { text: trimAscii(fields[0] ?? ''), labels, split: splitOf(file) };
    }
  }
};
