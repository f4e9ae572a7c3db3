import { fileNamed, numberOption, splitOf, textFile, type Reader, type ReaderFile } from '../reader.ts';
import { badRow } from '../faults.ts';
import type { Encoding } from '../encodings.ts';
import type { Example } from '../dataset.ts';
import { lines } from '../lines.ts';
import { trimAscii } from '../trim.ts';

const RESULT = 'result.tsv';

/**
 * Four tab-separated columns: communicative function, core expression, sentence, id. Option `resultTimes`: how often result.tsv is read.
 * flair reads it once after each of the four other files (4), which explains the published 1024 rows.
 */
export const communicativeFunctions: Reader = function* ({ files, encoding, options }) {
  const times = numberOption(options, 'resultTimes', 1);
  const result = fileNamed(files, RESULT);
  const others = files.filter((file) => file !== result);
  for (const [i, file] of others.entries()) {
    yield* sentences(file, encoding);
    const last = i === others.length - 1;
    if (times === others.length || (last && times === 1)) yield* sentences(result, encoding);
  }
};

function* sentences(file: ReaderFile, encoding: Encoding): Generator<Example> {
  for (const { text, number } of lines(textFile(file, encoding))) {
    const fields = text.split('\t');
    if (fields.length !== 4) throw badRow(file, number, `The line has ${fields.length} fields, expected 4.`);
    const label = className(fields[0] ?? '');
    if (label === '') throw badRow(file, number, 'The label is empty.');
    yield { text: trimAscii(fields[2] ?? ''), labels: [label], split: splitOf(file) };
  }
}

/** flair's names, whose order breaks ties: "(again)" marks the aim of the paper when results repeat it, blanks become "_". */
function className(label: string): string {
  return trimAscii(label.replace('(again)', '')).replaceAll(' ', '_');
}
