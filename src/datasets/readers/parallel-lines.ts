import { HarnessError, shown } from '../../errors.ts';
import { classNamer, splitOf, textFile, type Reader, type ReaderFile } from '../reader.ts';
import { badRow } from '../faults.ts';
import { lines } from '../lines.ts';
import { trimAscii } from '../trim.ts';

/**
 * Texts in one file, labels in another, line by line. The entry lists the two in this order. Options `classNames` and `firstClass` name
 * labels that are numbers. Joint labels (`a#b`) are separate classes.
 */
export const parallelLines: Reader = function* ({ files, encoding, options }) {
  const nameOf = classNamer(options);
  for (const [texts, labels] of pairs(files)) {
    const labelLines = lines(textFile(labels, encoding));
    let count = 0;
    for (const { text, number } of lines(textFile(texts, encoding))) {
      const next = labelLines.next();
      if (next.done === true) throw badRow(texts, number, `There is a text, but ${labels.name} ends after line ${count}.`);
      const raw = trimAscii(next.value.text);
      const label = nameOf(raw);
      if (label === undefined) {
        throw badRow(labels, number, raw === '' ? 'The label is empty.' : `${shown(raw)} is not a label of this dataset.`);
      }
      count = number;
      yield { text: trimAscii(text), labels: [label], split: splitOf(texts) };
    }
    if (labelLines.next().done !== true) throw badRow(labels, count + 1, `There is a label, but ${texts.name} ends after line ${count}.`);
  }
};

function* pairs(files: readonly ReaderFile[]): Generator<[ReaderFile, ReaderFile]> {
  for (let i = 0; i < files.length; i += 2) {
    const [texts, labels] = [files[i], files[i + 1]];
    if (texts === undefined || labels === undefined || texts.split !== labels.split) {
      throw new HarnessError('REGISTRY', {
        what: `The reader needs pairs of files per split, texts then labels; ${texts?.name} has no partner.`,
      });
    }
    yield [texts, labels];
  }
}
