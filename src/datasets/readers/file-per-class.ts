import path from 'node:path';
import { splitOf, textFile, type Reader } from '../reader.ts';
import { badRow } from '../faults.ts';
import { lines } from '../lines.ts';
import { trimAscii } from '../trim.ts';

/**
 * One file per class, one text per line. The class is what follows the last dot of the file's name: `rt-polarity.pos`. An empty line is an
 * empty text.
 */
export const filePerClass: Reader = function* ({ files, encoding }) {
  for (const file of files) {
    const label = path.extname(file.name).slice(1);
    if (label === '') throw badRow(file, 1, 'The file name has no ".class" ending.');
    for (const { text } of lines(textFile(file, encoding))) yield { text: trimAscii(text), labels: [label], split: splitOf(file) };
  }
};
