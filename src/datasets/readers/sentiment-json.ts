import { classNamer, splitOf, textFile, type Reader } from '../reader.ts';
import { badRow } from '../faults.ts';
import { parseJson } from '../json.ts';
import { wholeText } from '../lines.ts';
import { trimAscii } from '../trim.ts';

/** A list of {"text", "class"}, class a number. The last record is {"text": "", "class": null}: the end of the list, not a row. */
export const sentimentJson: Reader = function* ({ files, encoding, options }) {
  const nameOf = classNamer(options);
  for (const file of files) {
    const list = parseJson(wholeText(textFile(file, encoding)), file.name);
    if (!Array.isArray(list)) throw badRow(file, 1, 'This is not a list.');
    for (const [i, record] of list.entries()) {
      const { text, class: raw } = (record ?? {}) as { text?: unknown; class?: unknown };
      if (i === list.length - 1 && text === '' && raw === null) break;
      const label = typeof raw === 'number' ? nameOf(String(raw)) : undefined;
      if (typeof text !== 'string' || label === undefined) throw badRow(file, `record ${i}`, 'This is not {"text": …, "class": number}.');
      yield { text: trimAscii(text), labels: [label], split: splitOf(file) };
    }
  }
};
