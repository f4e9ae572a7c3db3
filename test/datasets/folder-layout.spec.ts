import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { folderLayout } from '../../src/datasets/folder-layout.ts';
import { FORMATS_NOTE } from '../../src/datasets/formats.ts';
import { userCorpus } from '../../src/datasets/user-file.ts';
import { HarnessError } from '../../src/errors.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeFiles } from './support.ts';

const folder = temporaryFolder();
const parts = (stem: string, numbers: readonly number[], count: number, ending = 'parquet') =>
  numbers.map((number) => `${stem}-${String(number).padStart(5, '0')}-of-${String(count).padStart(5, '0')}.${ending}`);

/** Files of a folder, the splits that they are read as, and the notes. */
const LAYOUTS: readonly (readonly [
  what: string,
  paths: readonly string[],
  read: Readonly<Record<string, readonly string[]>>,
  notes?: readonly string[],
])[] = [
  ['plain names', ['test.csv', 'train.csv', 'validation.csv'], { train: ['train.csv'], dev: ['validation.csv'], test: ['test.csv'] }],
  [
    'eval',
    ['train.csv', 'eval.csv', 'test.csv'],
    { train: ['train.csv'], dev: ['eval.csv'], test: ['test.csv'] },
    ['eval.csv is read as dev (Hugging Face datasets reads it as test).'],
  ],
  [
    'evaluation, testing, training',
    ['training.tsv', 'evaluation.tsv', 'testing.tsv'],
    { train: ['training.tsv'], dev: ['evaluation.tsv'], test: ['testing.tsv'] },
    ['evaluation.tsv is read as dev (Hugging Face datasets reads it as test).'],
  ],
  ['gzip beside plain files', ['train.csv', 'test.csv.gz'], { train: ['train.csv'], test: ['test.csv.gz'] }],
  [
    'suffixes and prefixes',
    ['mydata_train.csv', 'foo.dev.csv', 'test-clean.csv'],
    { train: ['mydata_train.csv'], dev: ['foo.dev.csv'], test: ['test-clean.csv'] },
  ],
  [
    'numbers, in their order',
    ['train_10.csv', 'train_2.csv', 'train.csv', 'test.csv'],
    { train: ['train.csv', 'train_2.csv', 'train_10.csv'], test: ['test.csv'] },
    ['train is read from 3 files: train.csv, train_2.csv, train_10.csv.'],
  ],
  [
    'parts',
    ['train-part1.jsonl', 'train-part2.jsonl'],
    { train: ['train-part1.jsonl', 'train-part2.jsonl'] },
    ['train is read from 2 files: train-part1.jsonl, train-part2.jsonl.'],
  ],
  [
    'shards of the hub',
    [...parts('data/train', [0, 1], 2), ...parts('data/test', [0], 1), 'README.md'],
    { train: parts('data/train', [0, 1], 2), test: parts('data/test', [0], 1) },
    [`train is read from 2 files: ${parts('data/train', [0, 1], 2).join(', ')}.`, 'Ignored files in the folder: README.md.'],
  ],
  [
    'shards counted from 1, with fingerprints',
    ['train-00001-of-00002-0f3a9b.parquet', 'train-00002-of-00002-77aa01.parquet'],
    { train: ['train-00001-of-00002-0f3a9b.parquet', 'train-00002-of-00002-77aa01.parquet'] },
    ['train is read from 2 files: train-00001-of-00002-0f3a9b.parquet, train-00002-of-00002-77aa01.parquet.'],
  ],
  [
    'folders named for splits',
    ['train/b.csv', 'train/a.csv', 'test/data.csv'],
    { train: ['train/a.csv', 'train/b.csv'], test: ['test/data.csv'] },
    ['train is read from 2 files: train/a.csv, train/b.csv.'],
  ],
  [
    'what is no table, hidden, a backup, of no split',
    [
      'train.csv',
      'test.csv',
      '.DS_Store',
      '.git/',
      'README.md',
      'train.csv~',
      'train.csv.bak',
      'notes.csv',
      'test.zip',
      'dataset_infos.json',
      'train/state.json',
      '__pycache__/',
    ],
    { train: ['train.csv'], test: ['test.csv'] },
    [
      'Ignored files in the folder: .DS_Store, .git/, README.md, __pycache__/, dataset_infos.json, notes.csv, test.zip, train.csv.bak, and ' +
        '2 more.',
    ],
  ],
  [
    'one table of no split',
    ['data.csv', 'README.md'],
    { all: ['data.csv'] },
    ['Read from the folder: data.csv.', 'Ignored files in the folder: README.md.'],
  ],
  [
    'pieces of no split, as Spark writes them',
    ['_SUCCESS', '.part-00000.crc', 'part-00010-ab-c000.snappy.parquet', 'part-00002-ab-c000.snappy.parquet'],
    { all: ['part-00002-ab-c000.snappy.parquet', 'part-00010-ab-c000.snappy.parquet'] },
    [
      'Read from the folder: part-00002-ab-c000.snappy.parquet, part-00010-ab-c000.snappy.parquet.',
      'Ignored files in the folder: .part-00000.crc, _SUCCESS.',
    ],
  ],
  [
    'pieces of no split, as Dask writes them',
    ['part.10.parquet', 'part.9.parquet'],
    { all: ['part.9.parquet', 'part.10.parquet'] },
    ['Read from the folder: part.9.parquet, part.10.parquet.'],
  ],
  [
    'shards of no split',
    parts('mine', [0, 1], 2, 'csv'),
    { all: parts('mine', [0, 1], 2, 'csv') },
    [`Read from the folder: ${parts('mine', [0, 1], 2, 'csv').join(', ')}.`],
  ],
];

for (const [what, paths, read, notes = []] of LAYOUTS) {
  test(`folder: ${what}`, () => {
    const layout = folderLayout({ paths, where: 'mine' });
    assert.deepEqual(
      Object.fromEntries(
        Object.keys(read).map((split) => [split, layout.files.filter((file) => file.split === split).map((file) => file.path)]),
      ),
      read,
    );
    assert.equal(layout.files.length, Object.values(read).flat().length);
    assert.deepEqual(layout.notes, notes);
  });
}

const SEVERAL = 'Give a single file, or keep one per split.';
const REFUSED: readonly (readonly [paths: readonly string[], message: string])[] = [
  [
    ['train.csv', 'validation.csv', 'evaluation.csv'],
    `The folder has several files for dev: evaluation.csv, validation.csv. ${SEVERAL} evaluation.csv is read as dev (Hugging Face ` +
      'datasets reads it as test): rename it if it is the test split.',
  ],
  [['train.csv', 'train.csv.gz'], `The folder has several files for train: train.csv, train.csv.gz. ${SEVERAL}`],
  [['train_v1.csv', 'train_v2.csv'], `The folder has several files for train: train_v1.csv, train_v2.csv. ${SEVERAL}`],
  [['train.csv', 'train copy.csv'], `The folder has several files for train: train copy.csv, train.csv. ${SEVERAL}`],
  [['train.csv', 'train/data.csv'], `The folder has several files for train: train.csv, train/data.csv. ${SEVERAL}`],
  [['en/train.csv', 'de/train.csv'], `The folder has several files for train: de/train.csv, en/train.csv. ${SEVERAL}`],
  [['en/train/a.csv', 'de/train/a.csv'], `The folder has several files for train: de/train/a.csv, en/train/a.csv. ${SEVERAL}`],
  [
    ['train.csv', ...parts('train', [0, 1], 2, 'csv')],
    `The folder has several files for train: train-00000-of-00002.csv, train-00001-of-00002.csv, train.csv. ${SEVERAL}`,
  ],
  [parts('train', [0, 2], 3), 'Of 3 parts 1 is missing: 00001 (train-00000-of-00003.parquet). Download them all, or give a single file.'],
  [parts('train', [1], 2), 'Of 2 parts 1 is missing: 00000 (train-00001-of-00002.parquet). Download them all, or give a single file.'],
  [
    [...parts('train', [0], 1), ...parts('train', [0, 1], 2)],
    'It mixes files of 1 and of 2 shards (train-00000-of-00001.parquet). Download them all, or give a single file.',
  ],
  [['train.csv', 'test.jsonl'], 'The folder has files of different formats: test.jsonl, train.csv. Keep the files of one format.'],
  [
    ['train.csv', 'test.csv.zst'],
    'test.csv.zst looks like a test split, but its format is unsupported. Unpack it (zstd -d), or compress it with gzip.',
  ],
  [['train.csv', 'test.xlsx'], 'test.xlsx looks like a test split, but its format is unsupported. Save the sheet as CSV.'],
  [
    ['dataset_dict.json', 'train/data-00000-of-00001.arrow', 'train/state.json'],
    'train/data-00000-of-00001.arrow looks like a train split, but its format is unsupported. Write it as Parquet (datasets: to_parquet).',
  ],
  [['train/test.csv'], 'train/test.csv is named for both test and train. Rename it, or give a single file.'],
  [['train_dev.csv'], 'train_dev.csv is named for both train and dev. Rename it, or give a single file.'],
  [
    ['a.csv', 'b.csv'],
    'The folder has no train, dev or test file; it has a.csv, b.csv. Give a single file, or name them train.csv, dev.csv, test.csv. ' +
      FORMATS_NOTE,
  ],
  [
    ['part-00000-ab.csv', 'part-00000-cd.csv'],
    'The folder has no train, dev or test file; it has part-00000-ab.csv, part-00000-cd.csv. Give a single file, or name them train.csv, ' +
      `dev.csv, test.csv. ${FORMATS_NOTE}`,
  ],
  [
    ['x/part-0.csv', 'y/part-1.csv'],
    'The folder has no train, dev or test file; it has x/part-0.csv, y/part-1.csv. Give a single file, or name them train.csv, dev.csv, ' +
      `test.csv. ${FORMATS_NOTE}`,
  ],
  [['a.xlsx'], 'The folder has no train, dev or test file in a supported format; it has a.xlsx. Save the sheet as CSV.'],
  [[], `The folder has no train, dev or test file. Give a single file, or name them train.csv, dev.csv, test.csv. ${FORMATS_NOTE}`],
];

for (const [paths, message] of REFUSED) {
  test(`folder: refused: ${paths.join(', ')}`, () =>
    assert.throws(
      () => folderLayout({ paths, where: 'mine' }),
      (error) => error instanceof HarnessError && error.code === 'OPTION' && (assert.equal(error.message, `mine: ${message}`), true),
    ));
}

test('folder: links count as what they lead to, and one to nothing is refused', () => {
  writeFiles(folder, { 'blobs/a': 'text,label\n', 'snapshot/test.csv': 'text,label\n', 'broken/train.csv': 'text,label\n' });
  symlinkSync('../blobs/a', path.join(folder, 'snapshot', 'train.csv'));
  symlinkSync('../blobs/none', path.join(folder, 'broken', 'test.csv'));
  assert.deepEqual(
    userCorpus({ path: path.join(folder, 'snapshot') }).files.map(({ split }) => split),
    ['train', 'test'],
  );
  assert.throws(() => userCorpus({ path: path.join(folder, 'broken') }), {
    message: `${path.join(folder, 'broken')}: test.csv is a broken symbolic link. Restore its target, or remove it.`,
  });
});

test('folder: a link to a folder above it is not followed', () => {
  writeFiles(folder, { 'loop/train/a.csv': 'text,label\n' });
  symlinkSync('..', path.join(folder, 'loop', 'train', 'up'));
  const { files, notes } = userCorpus({ path: path.join(folder, 'loop') });
  assert.deepEqual(
    files.map((file) => path.relative(folder, file.path)),
    [path.join('loop', 'train', 'a.csv')],
  );
  assert.deepEqual(notes, ['Ignored files in the folder: train/up.']);
});

test('folder: a shard that is named alone is read alone, and said', () => {
  writeFiles(folder, { 'train-00000-of-00002.csv': 'text,label\n' });
  assert.deepEqual(userCorpus({ path: path.join(folder, 'train-00000-of-00002.csv') }).notes, [
    'train-00000-of-00002.csv is one of 2 shards; only this shard is read.',
  ]);
});

test('files: flags that a format has no use for are refused', () => {
  writeFiles(folder, { 'f.jsonl': '', 'f.parquet': '' });
  assert.throws(() => userCorpus({ path: path.join(folder, 'f.jsonl'), delimiter: ';' }), {
    message: `\`delimiter\`: ${path.join(folder, 'f.jsonl')} is jsonl, which has no delimiter. Omit it.`,
  });
  assert.throws(() => userCorpus({ path: path.join(folder, 'f.parquet'), encoding: 'latin1' }), {
    message: `\`encoding\`: ${path.join(folder, 'f.parquet')} is Parquet, whose texts are UTF-8. Omit it.`,
  });
});
