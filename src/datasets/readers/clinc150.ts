import { textFile, type Reader } from '../reader.ts';
import { badRow } from '../faults.ts';
import type { Split } from '../dataset.ts';
import { parseJson } from '../json.ts';
import { wholeText } from '../lines.ts';

const PARTS: readonly (readonly [Split, string, string])[] = [
  ['train', 'train', 'oos_train'],
  ['dev', 'val', 'oos_val'],
  ['test', 'test', 'oos_test'],
];

/** One JSON object of lists of [text, label]. Option `outOfScope`: include the queries that belong to no intent, as a separate class. */
export const clinc150: Reader = function* ({ files, encoding, options }) {
  for (const file of files) {
    const lists = parseJson(wholeText(textFile(file, encoding)), file.name);
    for (const [split, inScope, outOfScope] of PARTS) {
      for (const name of options['outOfScope'] === true ? [inScope, outOfScope] : [inScope]) {
        const list = typeof lists === 'object' && lists !== null ? (lists as Record<string, unknown>)[name] : undefined;
        if (!Array.isArray(list)) throw badRow(file, name, 'No such list.');
        for (const [i, pair] of list.entries()) {
          const [text, label] = Array.isArray(pair) ? (pair as unknown[]) : [];
          if (typeof text !== 'string' || typeof label !== 'string' || label === '')
            throw badRow(file, `${name}[${i}]`, 'This is not a pair of text and label.');
          yield { text, labels: [label], split };
        }
      }
    }
  }
};
