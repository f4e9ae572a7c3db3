import assert from 'node:assert/strict';
import { test } from 'node:test';
import { card, COMMIT, described, locate, said, TWO, TWO_FILES, type Repository } from './repositories.ts';

const LAYOUTS: Readonly<Record<string, readonly [Repository, string, string?]>> = {
  'a single file': [{ files: ['data.csv'] }, 'train: data.csv'],
  'files without a word of a split': [{ files: ['b.csv', 'a.csv'] }, 'train: a.csv b.csv'],
  'a file for each split': [
    { files: ['train.csv', 'validation.csv', 'test.csv', 'README.md'] },
    'train: train.csv | dev: validation.csv | test: test.csv',
  ],
  'in data/': [{ files: ['data/train.csv', 'data/test.csv'] }, 'train: data/train.csv | test: data/test.csv'],
  'words within names': [
    { files: ['my_training-set.csv', 'x.valid.csv', 'foo testing 2.csv'] },
    'train: my_training-set.csv | dev: x.valid.csv | test: foo testing 2.csv',
  ],
  'a word within a word is none': [{ files: ['trainer.csv', 'contest.csv'] }, 'train: contest.csv trainer.csv'],
  'shards with hashes': [
    {
      files: [
        'data/train-00000-of-00002-ab12.parquet',
        'data/train-00001-of-00002-cd34.parquet',
        'data/test-00000-of-00001.parquet',
        'data/unsupervised-00000-of-00001.parquet',
      ],
    },
    'train: data/train-00000-of-00002-ab12.parquet data/train-00001-of-00002-cd34.parquet | test: data/test-00000-of-00001.parquet',
  ],
  'a folder for each split': [
    { files: ['train/0.csv', 'train/1.csv', 'validation/0.csv'] },
    'train: train/0.csv train/1.csv | dev: validation/0.csv',
  ],
  'words within folders': [
    { files: ['data/train-set/0.csv', 'data/test_1/x/0.csv'] },
    'train: data/train-set/0.csv | test: data/test_1/x/0.csv',
  ],
  'a folder and a file': [{ files: ['train/0.csv', 'test.csv'] }, 'train: train/0.csv | test: test.csv', 'there test.csv is left out'],
  'upper case': [{ files: ['Train.csv', 'TEST.csv'] }, 'train: Train.csv | test: TEST.csv', 'there both are train'],
  'an eval set is for development': [{ files: ['train.csv', 'eval.csv'] }, 'train: train.csv | dev: eval.csv', 'there it is test'],
  'hidden and special folders': [
    { files: ['train.csv', '.x/train.csv', '__y/train.csv', 'config.json', 'dataset_infos.json'] },
    'train: train.csv',
  ],
  'the commonest format': [{ files: ['train.csv', 'train.jsonl', 'train2.jsonl'] }, 'train: train.jsonl train2.jsonl'],
  'a description: a pattern': [
    {
      files: {
        'README.md': card('configs:\n- config_name: default\n  data_files: sub/*.csv'),
        'sub/b.csv': '',
        'sub/a.csv': '',
        'train.csv': '',
      },
    },
    'train: sub/a.csv sub/b.csv',
  ],
  'a description: a list of patterns, in their order, each file once': [
    {
      files: {
        'README.md': card('configs:\n- config_name: x\n  data_files: ["./sub/*.csv", "x/**", "sub/a.csv"]'),
        'sub/a.csv': '',
        'x/y/z.csv': '',
        'x/q.csv': '',
      },
    },
    'train: sub/a.csv x/q.csv x/y/z.csv',
  ],
  'a description: splits with lists': [{ files: TWO_FILES, config: 'en' }, 'train: en/train.csv | test: en/test1.csv extra/a.csv'],
  'a description: a folder': [{ files: TWO_FILES, config: 'fr' }, 'train: fr/train.csv | dev: fr/dev.csv'],
  'a description: the default': [
    { files: { ...TWO_FILES, 'README.md': TWO.replace('config_name: fr', 'config_name: fr\n  default: true') } },
    'train: fr/train.csv | dev: fr/dev.csv',
  ],
  'a description: the one called default': [
    { files: { ...TWO_FILES, 'README.md': TWO.replace('config_name: fr', 'config_name: default') } },
    'train: fr/train.csv | dev: fr/dev.csv',
  ],
  'a description: patterns in a folder': [
    {
      files: {
        'README.md': card('configs:\n- config_name: default\n  data_dir: deep/\n  data_files:\n  - split: train\n    path: "t*"'),
        'deep/t.csv': '',
        'deep/u.csv': '',
        't.csv': '',
      },
    },
    'train: deep/t.csv',
  ],
  'a description in a file of its own': [
    {
      files: {
        'README.md': card('configs:\n- config_name: default\n  data_files: a.csv'),
        '.huggingface.yaml': 'configs:\n- config_name: default\n  data_files: b.csv\n',
        'a.csv': '',
        'b.csv': '',
      },
    },
    'train: b.csv',
  ],
  'a description: a name that YAML takes for a number or a truth value': [
    {
      files: {
        'README.md': card('configs:\n- config_name: 1.10\n  data_files: a.csv\n- config_name: no\n  data_files: b.csv'),
        'a.csv': '',
        'b.csv': '',
      },
      config: 'no',
    },
    'train: b.csv',
  ],
  'folders that nobody described: one by its name': [
    { files: ['en/train.csv', 'en/test.csv', 'fr/train.csv'], config: 'en' },
    'train: en/train.csv | test: en/test.csv',
    'there all are mixed',
  ],
  'folders that nobody described, in a common one': [
    { files: ['data/en/train.csv', 'data/fr/train.csv'], config: 'fr' },
    'train: data/fr/train.csv',
    'there all are mixed',
  ],
  'folders without splits are one dataset': [{ files: ['part1/a.csv', 'part2/b.csv'] }, 'train: part1/a.csv part2/b.csv'],
  'a single split of another name': [
    { files: { 'README.md': card('configs:\n- config_name: default\n  data_files:\n  - split: latest\n    path: a.csv'), 'a.csv': '' } },
    'all: a.csv',
  ],
  'several dev sets: the one called validation': [
    {
      files: {
        'README.md': card(
          'configs:\n- config_name: default\n  data_files:\n  - split: train\n    path: a.csv\n  - split: dev\n    path: b.csv\n  - ' +
            'split: validation\n    path: c.csv\n  - split: validation_matched\n    path: d.csv',
        ),
        'a.csv': '',
        'b.csv': '',
        'c.csv': '',
        'd.csv': '',
      },
    },
    'train: a.csv | dev: c.csv',
  ],
  'a conversion of what needs a script': [
    {
      files: ['name.py', 'raw.txt'],
      converted: ['default/partial-train/0000.parquet', 'default/partial-train/0001.parquet', 'default/test/0000.parquet'],
    },
    'train: default/partial-train/0000.parquet default/partial-train/0001.parquet | test: default/test/0000.parquet',
  ],
  'a conversion before files that are for a script': [
    { files: ['name.py', 'train.csv'], converted: ['default/train/0000.parquet'] },
    'train: default/train/0000.parquet',
  ],
  'files that are for a script, where there is no conversion': [{ files: ['name.py', 'train.csv'] }, 'train: train.csv'],
  'files that a description names, whatever script there is': [
    {
      files: { 'README.md': card('configs:\n- config_name: default\n  data_files: "*.csv"'), 'name.py': '', 'train.csv': '' },
      converted: ['default/train/0000.parquet'],
    },
    'train: train.csv',
  ],
  'a conversion of what is no table': [
    { files: ['all.zip', 'README.md'], converted: ['default/train/0000.parquet'] },
    'train: default/train/0000.parquet',
  ],
  'a conversion of old': [
    {
      files: ['name.py'],
      converted: ['plain/name-train-00000-of-00002.parquet', 'plain/name-train-00001-of-00002.parquet', 'plain/name-test.parquet'],
    },
    'test: plain/name-test.parquet | train: plain/name-train-00000-of-00002.parquet plain/name-train-00001-of-00002.parquet',
  ],
  'the branch of conversions itself': [
    { files: ['en/train/0000.parquet', 'fr/train/0000.parquet'], revision: 'refs/convert/parquet', config: 'fr' },
    'train: fr/train/0000.parquet',
  ],
  'a commit of that branch': [
    { files: ['en/partial-train/0000.parquet', 'en/test/0000.parquet', 'fr/train/0000.parquet'], revision: COMMIT, config: 'en' },
    'train: en/partial-train/0000.parquet | test: en/test/0000.parquet',
  ],
};

for (const [name, [repository, expected]] of Object.entries(LAYOUTS)) {
  test(`hub layout: ${name}`, async () => {
    const found = said(await locate(repository));
    assert.deepEqual(found.split(' | ').toSorted(), expected.split(' | ').toSorted());
  });
}

/** Output for a repository, after the line that names its commit. */
async function notes(repository: Repository): Promise<readonly string[]> {
  return (await locate(repository)).notes.slice(1);
}

test('hub layout: what was found is said, and what is left', async () => {
  const [first] = (await locate({ files: TWO_FILES, config: 'fr' })).notes;
  assert.equal(first, 'hf:org/name is read at commit 1234567890ab, configuration fr: train (1 file), validation as dev (1 file).');
  assert.deepEqual(await notes({ files: ['train.csv', 'train.jsonl', 'x.csv', 'other-train.csv'] }), [
    'Ignored files: train.jsonl, x.csv.',
  ]);
  assert.deepEqual(await notes({ files: ['data/train-00000-of-00001.parquet', 'data/unsupervised-00000-of-00001.parquet'] }), [
    'Ignored splits: unsupervised.',
  ]);
  assert.deepEqual(await notes({ files: ['data/train-00001-of-00003.parquet'] }), [
    'It reads 1 of 3 shards data/train-*-of-00003: the repository has no others.',
  ]);
  assert.deepEqual(
    await notes({
      files: {
        'README.md': card('configs:\n- config_name: default\n  data_files: x-00000-of-00002.csv'),
        'x-00000-of-00002.csv': '',
        'x-00001-of-00002.csv': '',
      },
    }),
    ['It reads 1 of 2 shards x-*-of-00002: its README names no others.'],
  );
  assert.deepEqual(await notes({ files: ['name.py'], converted: ['default/partial-train/0000.parquet'] }), [
    "It needs its loading script name.py, which is not run: the hub's Parquet conversion is read instead (refs/convert/parquet).",
    'The hub converted only the first 5 GB of train; the other rows are missing.',
  ]);
  assert.deepEqual(await notes({ files: ['name.py', 'train.csv'] }), [
    'Its loading script name.py is not run; its files are read directly.',
  ]);
  assert.deepEqual(await notes({ files: ['a.zip'], converted: ['default/train/0000.parquet'] }), [
    "It contains no supported table files (.zip (1)): the hub's Parquet conversion is read instead (refs/convert/parquet).",
  ]);
  assert.deepEqual(await notes({ files: ['train.csv'], partial: true }), [
    'Offline: using the files in the cache, which may be out of date.',
  ]);
  assert.deepEqual(await notes({ files: ['en/train.csv', 'fr/train.csv'], config: 'en' }), [
    'It describes no configurations; inferred from its folders: en, fr.',
  ]);
  assert.deepEqual(
    await notes({
      files: {
        'README.md': card('configs:\n- config_name: default\n  colour: red\n  data_files:\n  - split: latest\n    path: "*"'),
        'a.csv': '',
        'b.txt': '',
      },
    }),
    [
      'Unsupported settings of configuration default in its README are ignored: colour.',
      'Ignored files of latest that are not tables: b.txt.',
      'Its only split, latest, is used as a dataset without splits.',
    ],
  );
});

test('hub layout: names of classes: of a column, a list, another configuration; by the file of old', async () => {
  const label = "\n          names:\n            '1': no\n            '0': 1.0";
  const yaml = `dataset_info:\n- config_name: x\n  features:\n  - name: text\n    dtype: string\n  - name: label\n    dtype:\n      class_label:${label}\n  - name: labels\n    sequence:\n      class_label:\n        names: [a, b]\n  - name: more\n    list:\n      class_label:\n        names: [c, d]\nconfigs:\n- config_name: x\n  data_files: a.csv\n- config_name: y\n  data_files: a.csv\n  features:\n  - name: label\n    dtype:\n      class_label:\n        names: [p, q]`;
  const of = async (config: string) => [...(await locate({ ...described(yaml), config })).classNames];
  assert.deepEqual(await of('x'), [
    ['label', ['1.0', 'no']],
    ['labels', ['a', 'b']],
    ['more', ['c', 'd']],
  ]);
  assert.deepEqual(await of('y'), [['label', ['p', 'q']]]);
  const infos = JSON.stringify({
    'org--name': {
      features: {
        text: { dtype: 'string', _type: 'Value' },
        label: { names: ['neg', 'pos'], _type: 'ClassLabel' },
        tags: { feature: { names: ['u', 'v'], _type: 'ClassLabel' }, _type: 'Sequence' },
      },
    },
  });
  assert.deepEqual(
    [...(await locate({ files: { 'dataset_infos.json': infos, 'train.csv': '' } })).classNames],
    [
      ['label', ['neg', 'pos']],
      ['tags', ['u', 'v']],
    ],
  );
});

test('hub layout: separators and encodings that a description names', async () => {
  const { delimiter, encoding } = await locate(
    described('configs:\n- config_name: x\n  data_files: a.csv\n  sep: "\\t"\n  encoding: latin-1\n  header: 0\n  quotechar: "\\""'),
  );
  assert.deepEqual([delimiter, encoding], ['\t', 'latin1']);
  for (const [word, read] of [
    ['utf_8_sig', 'utf8'],
    ['iso8859_1', 'latin1'],
    ['cp1252', 'windows-1252'],
    ['UTF-16', 'utf-16le'],
    ['gbk', 'gb18030'],
    ['koi8-r', 'koi8-r'],
  ] as const) {
    const found = await locate(described(`configs:\n- config_name: x\n  data_files: a.csv\n  encoding: ${word}`));
    assert.equal(found.encoding, read, word);
  }
});
