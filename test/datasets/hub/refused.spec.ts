import assert from 'node:assert/strict';
import { test } from 'node:test';
import { READERS } from '../../../src/datasets/readers.ts';
import { HarnessError } from '../../../src/errors.ts';
import { card, described, locate, TWO, TWO_FILES, type Repository } from './repositories.ts';

const README = 'hf:org/name README.md';
const TABLES = `Supported formats: ${['csv', 'json', 'jsonl', 'parquet', 'tsv']
  .filter((name) => Object.hasOwn(READERS, name))
  .map((name) => `.${name}`)
  .join(', ')}.`;
const HINT = 'Download its files and pass them with `dataset`.';

/** What is refused, and with which message. */
const REFUSED: Readonly<Record<string, readonly [Repository, string]>> = {
  'several configurations': [{ files: TWO_FILES }, 'hf:org/name: It has 2 configurations: en, fr. Choose one: hf:org/name:en'],
  'several folders that nobody described': [
    { files: ['en/train.csv', 'fr/train.csv'] },
    'hf:org/name: It has 2 configurations: en, fr. Choose one: hf:org/name:en',
  ],
  'two defaults': [
    {
      files: {
        ...TWO_FILES,
        'README.md': TWO.replace('config_name: fr', 'config_name: default').replace('config_name: en', 'config_name: en\n  default: true'),
      },
    },
    'hf:org/name: It has 2 configurations; both en and default are marked as default: en, default. Choose one: hf:org/name:en',
  ],
  'a configuration that is not there': [
    { files: TWO_FILES, config: 'eng' },
    'hf:org/name: It has no configuration "eng". Did you mean "en"? It has en, fr.',
  ],
  'a configuration where there are none': [
    { files: ['train.csv'], config: 'en' },
    'hf:org/name: It has no configuration "en". It has default.',
  ],
  'an empty repository': [{ files: ['.gitattributes', 'README.md'] }, 'hf:org/name: The repository has no files. Check name and revision.'],
  pictures: [
    { files: ['a.jpg', 'b.JPG', 'x/c.png', 'README.md'], converted: ['default/train/0000.parquet'] },
    `hf:org/name: It contains no supported table files: .jpg (2), .png (1). ${TABLES}`,
  ],
  'no tables, and no conversion': [
    { files: ['a.zip', 'b.arrow', 'c.txt.zst'] },
    `hf:org/name: It contains no supported table files: .arrow (1), .txt.zst (1), .zip (1). ${TABLES}`,
  ],
  'a script alone': [
    { files: ['name.py', 'README.md'] },
    'hf:org/name: It needs its loading script (name.py), which is not run, and the hub has no conversion to Parquet. Run the script ' +
      'if you trust it, and pass the files it writes with `dataset`.',
  ],
  'a script alone, at a revision': [
    { files: ['name.py'], revision: 'v1', converted: ['default/train/0000.parquet'] },
    'hf:org/name: It needs its loading script (name.py), which is not run, and the hub has no conversion to Parquet at v1. Run the ' +
      'script if you trust it, and pass the files it writes with `dataset`.',
  ],
  'splits of no known name': [
    {
      files: {
        'README.md': card(
          'configs:\n- config_name: default\n  data_files:\n  - split: fold1\n    path: a.csv\n  - split: fold2\n    path: b.csv',
        ),
        'a.csv': '',
        'b.csv': '',
      },
    },
    `hf:org/name:default: None of its splits is named train, validation or test: fold1, fold2. ${HINT}`,
  ],
  'a file named for two splits': [
    { files: ['train/test.csv', 'train/a.csv'] },
    `hf:org/name: train/test.csv is named for train and test at once. ${HINT}`,
  ],
  'splits of different formats': [
    { files: ['train.csv', 'test.jsonl'] },
    `hf:org/name: Its splits have different formats: .csv (1), .jsonl (1). ${HINT}`,
  ],
  'too many bytes': [
    { files: ['train.csv'], bytes: 3e11 },
    'hf:org/name:default: Its files have 300 GB; the limit is 50 GB. Choose a smaller configuration, or ' +
      'pass a part of it with `dataset` FILE.',
  ],
  'shards that the cache lacks': [
    { files: ['data/train-00000-of-00002.parquet'], partial: true },
    'hf:org/name: The cache has 1 of 2 shards data/train-*-of-00002. Run once while online.',
  ],
};

const bomb = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...[...'bcdefghij'].map((letter, i) => `${letter}: &${letter} [${Array<string>(9).fill(`*${'abcdefghi'[i]}`).join(', ')}]`),
].join('\n');

const BROKEN: Readonly<Record<string, readonly [Repository, string]>> = {
  'a file that is not there': [
    described('configs:\n- config_name: x\n  data_files: zz.csv'),
    `${README}: x: Its train is zz.csv, but there is no such file. ${HINT}`,
  ],
  'a pattern that nothing matches': [
    described('configs:\n- config_name: x\n  data_files: data/*.parquet'),
    `${README}: x: Its train is data/*.parquet, and no file matches. ${HINT}`,
  ],
  'a pattern of no tables': [
    described('configs:\n- config_name: x\n  data_files: "*.txt"', ['a.txt', 'b.csv']),
    `${README}: x: Its train is *.txt, and these are not tables: .txt (1). ${HINT}`,
  ],
  'an address': [
    described('configs:\n- config_name: x\n  data_files: https://example.org/a.csv'),
    `${README}: x: "https://example.org/a.csv" is outside the repository or in an archive; only plain files of the repository are read. ${HINT}`,
  ],
  'a file in an archive': [
    described('configs:\n- config_name: x\n  data_files: "a.csv::data.zip"'),
    `${README}: x: "a.csv::data.zip" is outside the repository or in an archive; only plain files of the repository are read. ${HINT}`,
  ],
  'a path out of the repository': [
    described('configs:\n- config_name: x\n  data_files: ../../etc/passwd'),
    `${README}: x: "../../etc/passwd" points outside the repository. ${HINT}`,
  ],
  'an absolute path': [
    described('configs:\n- config_name: x\n  data_dir: /etc'),
    `${README}: x: "/etc" points outside the repository. ${HINT}`,
  ],
  'stars beside letters': [
    described('configs:\n- config_name: x\n  data_files: "**.csv"'),
    `${README}: x: In the pattern "**.csv" ** must be a whole path component. ${HINT}`,
  ],
  'no header': [
    described('configs:\n- config_name: x\n  data_files: a.csv\n  header: null\n  column_names: [text, label]'),
    `${README}: x: It has "header: null", which is unsupported. ${HINT}`,
  ],
  'rows that are skipped': [
    described('configs:\n- config_name: x\n  data_files: a.csv\n  skiprows: 2'),
    `${README}: x: It has "skiprows: 2", which is unsupported. ${HINT}`,
  ],
  'an encoding that is not read': [
    described('configs:\n- config_name: x\n  data_files: a.csv\n  encoding: utf-7'),
    `${README}: x: Its encoding "utf-7" is unsupported. ${HINT}`,
  ],
  'a delimiter of several characters': [
    described('configs:\n- config_name: x\n  data_files: a.csv\n  sep: "||"'),
    `${README}: x: Its sep "||" is not one character. ${HINT}`,
  ],
  'a configuration without a name': [
    described('configs:\n- data_files: a.csv'),
    `${README}: A configuration has no config_name: {"data_files":"a.csv"}. ${HINT}`,
  ],
  'two of one name': [described('configs:\n- config_name: x\n- config_name: x'), `${README}: Two configurations are named "x". ${HINT}`],
  'configurations that are no list': [described('configs: all'), `${README}: configs: Expected a list, got "all". ${HINT}`],
  'a split of a wrong name': [
    described('configs:\n- config_name: x\n  data_files:\n  - split: a/b\n    path: a.csv'),
    `${README}: x: "a/b" is not a valid split name. ${HINT}`,
  ],
  'a split twice': [
    described('configs:\n- config_name: x\n  data_files:\n  - {split: train, path: a.csv}\n  - {split: train, path: a.csv}'),
    `${README}: x: Duplicate split "train". ${HINT}`,
  ],
  'a path that is none': [
    described('configs:\n- config_name: x\n  data_files: [a.csv, [b.csv]]'),
    `${README}: x: Expected fields, got "a.csv". ${HINT}`,
  ],
  'class names with a gap': [
    described(
      "dataset_info:\n  features:\n  - name: label\n    dtype:\n      class_label:\n        names:\n          '0': a\n          '2': b",
    ),
    `${README}: "label": Its class_label does not name every class, counting from 0. ${HINT}`,
  ],
};

for (const [name, [repository, message]] of Object.entries({ ...REFUSED, ...BROKEN })) {
  test(`hub layout: refused: ${name}`, () => assert.rejects(locate(repository), { message }));
}

test('hub layout: hostile descriptions end in one line, soon', async () => {
  const started = performance.now();
  for (const yaml of [
    bomb,
    `a: ${'['.repeat(200_000)}`,
    'a: {',
    'a: 1\na: 2',
    'a: *b',
    '- x',
    '\t- x: [',
    'a: !!python/object:os.system {',
  ]) {
    const error = await locate(described(yaml)).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.ok(
      error instanceof HarnessError && error.code === 'FORMAT' && error.message.startsWith(README),
      `${yaml.slice(0, 40)}: ${String(error)}`,
    );
  }
  const names = await locate(
    described('__proto__: {configs: 1}\nconstructor: x\nconfigs:\n- config_name: __proto__\n  data_files: a.csv\n  toString: x'),
  );
  assert.equal(names.config, '__proto__');
  assert.ok(performance.now() - started < 10_000);
});
