import { splitOf, textFile, type Reader } from '../reader.ts';
import { badRow } from '../faults.ts';
import { lines } from '../lines.ts';
import { trimAscii } from '../trim.ts';

/** The first character is the label, a digit; then a blank, then the text. */
export const firstCharacter: Reader = function* ({ files, encoding }) {
  for (const file of files) {
    for (const { text, number } of lines(textFile(file, encoding))) {
      if (!/^\d /.test(text)) throw badRow(file, number, 'The line does not begin with a digit and a space.');
      yield { text: trimAscii(text.slice(2)), labels: [text.charAt(0)], split: splitOf(file) };
    }
  }
};
