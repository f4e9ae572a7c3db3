import { splitOf, textFile, type Reader } from '../reader.ts';
import { badRow } from '../faults.ts';
import { lines } from '../lines.ts';
import { trimAscii } from '../trim.ts';

const PREFIX = '__label__';

/** fastText's format: `__label__a __label__b text`. */
export const fasttextLabels: Reader = function* ({ files, encoding }) {
  for (const file of files) {
    for (const { text: line, number } of lines(textFile(file, encoding))) {
      const labels: string[] = [];
      let at = 0;
      while (line.startsWith(PREFIX, at)) {
        const blank = line.indexOf(' ', at);
        const end = blank < 0 ? line.length : blank;
        const label = line.slice(at + PREFIX.length, end);
        if (label === '') throw badRow(file, number, 'The label is empty.');
        labels.push(label);
        at = Math.min(end + 1, line.length);
      }
      if (labels.length === 0) throw badRow(file, number, `The line does not begin with ${PREFIX}.`);
      yield { text: trimAscii(line.slice(at)), labels, split: splitOf(file) };
    }
  }
};
