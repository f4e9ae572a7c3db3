import { splitOf, textFile, textOption, type Reader } from '../reader.ts';
import { badRow } from '../faults.ts';
import { lines } from '../lines.ts';
import { trimAscii } from '../trim.ts';

/** `COARSE:fine text`. Option `labels`: `coarse` (6 classes) or `fine` (50, written COARSE:fine). */
export const trec: Reader = function* ({ files, encoding, options }) {
  const fine = textOption(options, 'labels') === 'fine';
  for (const file of files) {
    for (const { text, number } of lines(textFile(file, encoding))) {
      const blank = text.indexOf(' ');
      const label = blank < 0 ? text : text.slice(0, blank);
      const colon = label.indexOf(':');
      if (blank < 0 || colon < 1) throw badRow(file, number, 'The line does not begin with COARSE:fine and a space.');
      yield { text: trimAscii(text.slice(blank)), labels: [fine ? label : label.slice(0, colon)], split: splitOf(file) };
    }
  }
};
