import { shown } from '../../errors.ts';
import { classNamer, numberOption, splitOf, textFile, type Reader } from '../reader.ts';
import { badRow } from '../faults.ts';
import { lines } from '../lines.ts';
import { trimAscii } from '../trim.ts';

/**
 * Tab-separated fields, no header, no quotes. Options: `text` and `label` are field numbers, counted from 1, `fields` is the number of
 * fields, `classNames` the names of labels that are numbers.
 */
export const tabFields: Reader = function* ({ files, encoding, options }) {
  const [textAt, labelAt, count] = [
    numberOption(options, 'text', 1),
    numberOption(options, 'label', 2),
    numberOption(options, 'fields', 2),
  ];
  const nameOf = classNamer(options);
  for (const file of files) {
    for (const { text, number } of lines(textFile(file, encoding))) {
      const fields = text.split('\t');
      if (fields.length !== count) throw badRow(file, number, `The line has ${fields.length} fields, expected ${count}.`);
      const raw = trimAscii(fields[labelAt - 1] ?? '');
      const label = nameOf(raw);
      if (label === undefined) {
        throw badRow(file, number, raw === '' ? 'The label is empty.' : `${shown(raw)} is not a label of this dataset.`);
      }
      yield { text: trimAscii(fields[textAt - 1] ?? ''), labels: [label], split: splitOf(file) };
    }
  }
};
