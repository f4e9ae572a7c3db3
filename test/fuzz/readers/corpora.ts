import path from 'node:path';
import type { ReaderOptions } from '../../../src/datasets/reader.ts';
import { READERS } from '../../../src/datasets/readers.ts';
import { json, lines, type anything } from '../changes.ts';
import type { FuzzReader, Seed } from '../reader.ts';

type Changes = typeof anything;

interface Corpus {
  readonly files: Readonly<Record<string, string>>;
  readonly options?: ReaderOptions;
  readonly changes?: Changes;
}

const many = (line: string, times = 8) => Array.from({ length: times }, () => line).join('\n');
const SYNSET = '00001740 29 v 01 breathe 0 001 * 00005041 v 0000 01 + 02 00 | draw air; "I can breathe | better"  ';
const LISTS = {
  train: [
    ['a', 'x'],
    ['b', 'y'],
  ],
  val: [['b', 'y']],
  test: [['c', 'x']],
  oos_train: [['d', 'oos']],
  oos_val: [],
  oos_test: [],
};
const RECORDS = [
  { text: 'a ', class: 1 },
  { text: '', class: 0 },
  { text: '', class: null },
];

/** Files of each reader of the registry; one is modified while the others stay. */
const CORPORA: Readonly<Record<string, Corpus>> = {
  trec: { files: { 'train.label': many('NUM:dist How far : is it ? ') }, options: { labels: 'fine' } },
  'tab-fields': { files: { 'all.tsv': many('a "b \t1') }, options: { fields: 2, text: 1, label: 2, classNames: 'no,yes' } },
  'first-character': { files: { 'all.txt': many('4 four stars') } },
  'communicative-functions': {
    files: { 'a.tsv': many('Past work\tx\tA\t1'), 'result.tsv': many('Aim (again)\tx\tR\t3') },
    options: { resultTimes: 1 },
  },
  'go-emotions': { files: { 'train.tsv': many('"open\t1,2\tid'), 'emotions.txt': 'joy\nanger\ncalm' } },
  'parallel-lines': { files: { 'seq.in': many('find me a flight'), label: many('flight#airfare') } },
  'file-per-class': { files: { 'rt-polarity.pos': many('a fine film') } },
  'fasttext-labels': { files: { 'all.txt': many('__label__a __label__b-c Is it ? ') } },
  wordnet: { files: { 'data.verb': `  1 This software\n${many(SYNSET)}` } },
  clinc150: { files: { 'data.json': JSON.stringify(LISTS) }, options: { outOfScope: true }, changes: json },
  'sentiment-json': { files: { 'all.json': JSON.stringify(RECORDS) }, options: { classNames: 'negative,positive' }, changes: json },
};

function readerOf(name: string, { files, options = {}, changes = lines }: Corpus): FuzzReader {
  const names = Object.keys(files);
  return {
    seeds: () => names.map((file): Seed => ({ name: file, bytes: Buffer.from(files[file]!), beside: files })),
    changes,
    read: async ({ folder }) => {
      const list = names.map((file) => ({ name: file, split: 'train' as const, path: path.join(folder, file) }));
      for await (const { text, labels } of READERS[name]!({ files: list, encoding: 'utf8', options, labelField: 'class' })) {
        if (typeof text !== 'string' || labels.length === 0 || labels.includes(''))
          throw new Error(`gives the row ${JSON.stringify({ text, labels })}`);
      }
    },
  };
}

/** Files of the registry's datasets. */
export const corpora: Readonly<Record<string, FuzzReader>> = Object.fromEntries(
  Object.entries(CORPORA).map(([name, corpus]) => [name, readerOf(name, corpus)]),
);
