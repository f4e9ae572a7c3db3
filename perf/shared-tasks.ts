import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { conll } from '../src/datasets/readers/conll.ts';
import { conllu } from '../src/datasets/readers/conllu.ts';
import type { TaggedSentence } from '../src/datasets/tagged-sentence.ts';
import { packageRoot } from '../src/home.ts';

/** Real data of words, pairs and numbers, in file order (EMBEDDING_BENCH_SHARED names the parent folder). */

/** A text or a pair with its label. */
export interface Labelled {
  readonly a: string;
  /** The second text of a pair. */
  readonly b?: string;
  readonly label: string;
}

export interface Parts<Item> {
  readonly train: readonly Item[];
  readonly test: readonly Item[];
}

/** Throws if the file does not exist. */
export function sharedTask(...parts: readonly string[]): string {
  const file = path.join(process.env['EMBEDDING_BENCH_SHARED'] ?? path.join(packageRoot(), '..', 'shared'), 'tasks', ...parts);
  if (!existsSync(file)) throw new Error(`Nothing to compare with: ${file} is not there (EMBEDDING_BENCH_SHARED names its folder).`);
  return file;
}

export function mrpc(): Parts<Labelled> {
  return { train: mrpcPairs('msr-para-train.first1000.tsv'), test: mrpcPairs('msr-para-test.tsv') };
}

export function sick(label: 'relatedness' | 'entailment'): Parts<Labelled> {
  const column = label === 'relatedness' ? 3 : 4;
  const of = (file: string) => tabFields('sick', file).map((fields) => ({ a: fields[1]!, b: fields[2]!, label: fields[column]! }));
  return { train: of('SICK_train.txt'), test: of('SICK_test_annotated.txt') };
}

/** Valence. */
export function emobank(): Parts<Labelled> {
  const bytes = readFileSync(sharedTask('data', 'emobank', 'emobank.csv'));
  const lines = parse(bytes, { columns: true }) as { readonly split: string; readonly V: string; readonly text: string }[];
  const of = (split: string) => lines.filter((line) => line.split === split).map(({ V, text }) => ({ a: text, label: V }));
  return { train: of('train'), test: of('test') };
}

export function taggedSentences(folder: string, file: string): TaggedSentence[] {
  const texts = readFileSync(sharedTask('data', folder, file), 'utf8').split('\n');
  const lines = texts.map((text, i) => ({ text, number: i + 1 }));
  return [...(file.endsWith('.conllu') ? conllu : conll)({ lines, file: { name: file } })];
}

function mrpcPairs(file: string): Labelled[] {
  return tabFields('mrpc', file).map(([label, , , a, b]) => ({ a: a!, b: b!, label: label! }));
}

/** Fields of the lines after the header: quotes are text. */
function tabFields(folder: string, file: string): string[][] {
  const lines = readFileSync(sharedTask('data', folder, file), 'utf8')
    .split(/\r?\n/)
    .slice(1);
  return lines.filter((line) => line !== '').map((line) => line.split('\t'));
}
