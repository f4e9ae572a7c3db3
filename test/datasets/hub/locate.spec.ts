import assert from 'node:assert/strict';
import { test } from 'node:test';
import { locateHubFiles, type Located, type RepositoryTree } from '../../../src/datasets/hub/locate.ts';
import { READERS } from '../../../src/datasets/readers.ts';
import { HarnessError } from '../../../src/errors.ts';

const COMMIT = '1234567890abcdef1234567890abcdef12345678';

/** What a repository has: texts by path, or paths alone. */
type Files = readonly string[] | Readonly<Record<string, string>>;

interface Repository {
  readonly files: Files;
  readonly converted?: readonly string[];
  readonly config?: string;
  readonly revision?: string;
  readonly id?: string;
  readonly partial?: boolean;
  readonly bytes?: number;
}

function locate({ files, converted, config, revision = 'main', id = 'org/name', partial = false, bytes = 1 }: Repository): Promise<Located<RepositoryTree>> {
  const texts: Readonly<Record<string, string>> = Array.isArray(files) ? Object.fromEntries(files.map((path: string) => [path, ''])) : (files as Record<string, string>);
  const tree = (paths: readonly string[]): RepositoryTree => ({ commit: COMMIT, paths: paths.toSorted(), partial, text: (path) => Promise.resolve(texts[path]), bytesOf: () => Promise.resolve(bytes) });
  return locateHubFiles({
    id, config, revision,
    open: (asked) => {
      if (asked === revision) return Promise.resolve(tree(Object.keys(texts)));
      return converted === undefined ? Promise.reject(new HarnessError('SOURCE', { what: 'There is no such revision.' })) : Promise.resolve(tree(converted));
    },
  });
}

/** `train: a.csv b.csv | test: c.csv`, as the files are read. */
function said({ files }: Pick<Located<RepositoryTree>, 'files'>): string {
  const splits = [...new Set(files.map(({ split }) => split))];
  return splits.map((split) => `${split}: ${files.filter((file) => file.split === split).map(({ path }) => path).join(' ')}`).join(' | ');
}

const card = (yaml: string): string => `---\nlicense: mit\n${yaml}\n---\n# A dataset\n`;
const TWO = card('configs:\n- config_name: en\n  data_files:\n  - split: train\n    path: en/train.csv\n  - split: test\n    path:\n    - en/test*.csv\n    - extra/[ab].csv\n- config_name: fr\n  data_dir: fr');
const TWO_FILES = { 'README.md': TWO, 'en/train.csv': '', 'en/test1.csv': '', 'extra/a.csv': '', 'extra/c.csv': '', 'fr/train.csv': '', 'fr/dev.csv': '' };

/** Layouts, and which files are which; the same as `datasets` 5.2 unless a word stands behind. */
const LAYOUTS: Readonly<Record<string, readonly [Repository, string, string?]>> = {
  'a single file': [{ files: ['data.csv'] }, 'train: data.csv'],
  'files without a word of a split': [{ files: ['b.csv', 'a.csv'] }, 'train: a.csv b.csv'],
  'a file for each split': [{ files: ['train.csv', 'validation.csv', 'test.csv', 'README.md'] }, 'train: train.csv | dev: validation.csv | test: test.csv'],
  'in data/': [{ files: ['data/train.csv', 'data/test.csv'] }, 'train: data/train.csv | test: data/test.csv'],
  'words within names': [{ files: ['my_training-set.csv', 'x.valid.csv', 'foo testing 2.csv'] }, 'train: my_training-set.csv | dev: x.valid.csv | test: foo testing 2.csv'],
  'a word within a word is none': [{ files: ['trainer.csv', 'contest.csv'] }, 'train: contest.csv trainer.csv'],
  'shards with hashes': [{ files: ['data/train-00000-of-00002-ab12.parquet', 'data/train-00001-of-00002-cd34.parquet', 'data/test-00000-of-00001.parquet', 'data/unsupervised-00000-of-00001.parquet'] }, 'train: data/train-00000-of-00002-ab12.parquet data/train-00001-of-00002-cd34.parquet | test: data/test-00000-of-00001.parquet'],
  'a folder for each split': [{ files: ['train/0.csv', 'train/1.csv', 'validation/0.csv'] }, 'train: train/0.csv train/1.csv | dev: validation/0.csv'],
  'words within folders': [{ files: ['data/train-set/0.csv', 'data/test_1/x/0.csv'] }, 'train: data/train-set/0.csv | test: data/test_1/x/0.csv'],
  'a folder and a file': [{ files: ['train/0.csv', 'test.csv'] }, 'train: train/0.csv | test: test.csv', 'there test.csv is left out'],
  'upper case': [{ files: ['Train.csv', 'TEST.csv'] }, 'train: Train.csv | test: TEST.csv', 'there both are train'],
  'an eval set is for development': [{ files: ['train.csv', 'eval.csv'] }, 'train: train.csv | dev: eval.csv', 'there it is test'],
  'hidden and special folders': [{ files: ['train.csv', '.x/train.csv', '__y/train.csv', 'config.json', 'dataset_infos.json'] }, 'train: train.csv'],
  'the commonest format': [{ files: ['train.csv', 'train.jsonl', 'train2.jsonl'] }, 'train: train.jsonl train2.jsonl'],
  'a description: a pattern': [{ files: { 'README.md': card('configs:\n- config_name: default\n  data_files: sub/*.csv'), 'sub/b.csv': '', 'sub/a.csv': '', 'train.csv': '' } }, 'train: sub/a.csv sub/b.csv'],
  'a description: a list of patterns, in their order, each file once': [{ files: { 'README.md': card('configs:\n- config_name: x\n  data_files: ["./sub/*.csv", "x/**", "sub/a.csv"]'), 'sub/a.csv': '', 'x/y/z.csv': '', 'x/q.csv': '' } }, 'train: sub/a.csv x/q.csv x/y/z.csv'],
  'a description: splits with lists': [{ files: TWO_FILES, config: 'en' }, 'train: en/train.csv | test: en/test1.csv extra/a.csv'],
  'a description: a folder': [{ files: TWO_FILES, config: 'fr' }, 'train: fr/train.csv | dev: fr/dev.csv'],
  'a description: the default': [{ files: { ...TWO_FILES, 'README.md': TWO.replace('config_name: fr', 'config_name: fr\n  default: true') } }, 'train: fr/train.csv | dev: fr/dev.csv'],
  'a description: the one called default': [{ files: { ...TWO_FILES, 'README.md': TWO.replace('config_name: fr', 'config_name: default') } }, 'train: fr/train.csv | dev: fr/dev.csv'],
  'a description: patterns in a folder': [{ files: { 'README.md': card('configs:\n- config_name: default\n  data_dir: deep/\n  data_files:\n  - split: train\n    path: "t*"'), 'deep/t.csv': '', 'deep/u.csv': '', 't.csv': '' } }, 'train: deep/t.csv'],
  'a description in a file of its own': [{ files: { 'README.md': card('configs:\n- config_name: default\n  data_files: a.csv'), '.huggingface.yaml': 'configs:\n- config_name: default\n  data_files: b.csv\n', 'a.csv': '', 'b.csv': '' } }, 'train: b.csv'],
  'a description: a name that YAML takes for a number or a truth value': [{ files: { 'README.md': card('configs:\n- config_name: 1.10\n  data_files: a.csv\n- config_name: no\n  data_files: b.csv'), 'a.csv': '', 'b.csv': '' }, config: 'no' }, 'train: b.csv'],
  'folders that nobody described: one by its name': [{ files: ['en/train.csv', 'en/test.csv', 'fr/train.csv'], config: 'en' }, 'train: en/train.csv | test: en/test.csv', 'there all are mixed'],
  'folders that nobody described, in a common one': [{ files: ['data/en/train.csv', 'data/fr/train.csv'], config: 'fr' }, 'train: data/fr/train.csv', 'there all are mixed'],
  'folders without splits are one dataset': [{ files: ['part1/a.csv', 'part2/b.csv'] }, 'train: part1/a.csv part2/b.csv'],
  'a single split of another name': [{ files: { 'README.md': card('configs:\n- config_name: default\n  data_files:\n  - split: latest\n    path: a.csv'), 'a.csv': '' } }, 'all: a.csv'],
  'several dev sets: the one called validation': [{ files: { 'README.md': card('configs:\n- config_name: default\n  data_files:\n  - split: train\n    path: a.csv\n  - split: dev\n    path: b.csv\n  - split: validation\n    path: c.csv\n  - split: validation_matched\n    path: d.csv'), 'a.csv': '', 'b.csv': '', 'c.csv': '', 'd.csv': '' } }, 'train: a.csv | dev: c.csv'],
  'a conversion of what needs a script': [{ files: ['name.py', 'raw.txt'], converted: ['default/partial-train/0000.parquet', 'default/partial-train/0001.parquet', 'default/test/0000.parquet'] }, 'train: default/partial-train/0000.parquet default/partial-train/0001.parquet | test: default/test/0000.parquet'],
  'a conversion before files that are for a script': [{ files: ['name.py', 'train.csv'], converted: ['default/train/0000.parquet'] }, 'train: default/train/0000.parquet'],
  'files that are for a script, where there is no conversion': [{ files: ['name.py', 'train.csv'] }, 'train: train.csv'],
  'files that a description names, whatever script there is': [{ files: { 'README.md': card('configs:\n- config_name: default\n  data_files: "*.csv"'), 'name.py': '', 'train.csv': '' }, converted: ['default/train/0000.parquet'] }, 'train: train.csv'],
  'a conversion of what is no table': [{ files: ['all.zip', 'README.md'], converted: ['default/train/0000.parquet'] }, 'train: default/train/0000.parquet'],
  'a conversion of old': [{ files: ['name.py'], converted: ['plain/name-train-00000-of-00002.parquet', 'plain/name-train-00001-of-00002.parquet', 'plain/name-test.parquet'] }, 'test: plain/name-test.parquet | train: plain/name-train-00000-of-00002.parquet plain/name-train-00001-of-00002.parquet'],
  'the branch of conversions itself': [{ files: ['en/train/0000.parquet', 'fr/train/0000.parquet'], revision: 'refs/convert/parquet', config: 'fr' }, 'train: fr/train/0000.parquet'],
  'a commit of that branch': [{ files: ['en/partial-train/0000.parquet', 'en/test/0000.parquet', 'fr/train/0000.parquet'], revision: COMMIT, config: 'en' }, 'train: en/partial-train/0000.parquet | test: en/test/0000.parquet'],
};

for (const [name, [repository, expected]] of Object.entries(LAYOUTS)) {
  test(`hub layout: ${name}`, async () => {
    const found = said(await locate(repository));
    assert.deepEqual(found.split(' | ').toSorted(), expected.split(' | ').toSorted());
  });
}

test('hub layout: what was found is said, and what is left', async () => {
  const notes = async (repository: Repository): Promise<readonly string[]> => (await locate(repository)).notes.slice(1);
  const [first] = (await locate({ files: TWO_FILES, config: 'fr' })).notes;
  assert.equal(first, 'hf:org/name is read at commit 1234567890ab, configuration fr: train (1 file), validation as dev (1 file).');
  assert.deepEqual(await notes({ files: ['train.csv', 'train.jsonl', 'x.csv', 'other-train.csv'] }), ['Files that are not read: train.jsonl, x.csv.']);
  assert.deepEqual(await notes({ files: ['data/train-00000-of-00001.parquet', 'data/unsupervised-00000-of-00001.parquet'] }), ['Splits that are not read: unsupervised.']);
  assert.deepEqual(await notes({ files: ['data/train-00001-of-00003.parquet'] }), ['It reads 1 of 3 shards data/train-*-of-00003: the repository has no others.']);
  assert.deepEqual(await notes({ files: { 'README.md': card('configs:\n- config_name: default\n  data_files: x-00000-of-00002.csv'), 'x-00000-of-00002.csv': '', 'x-00001-of-00002.csv': '' } }), ['It reads 1 of 2 shards x-*-of-00002: its README names no others.']);
  assert.deepEqual(await notes({ files: ['name.py'], converted: ['default/partial-train/0000.parquet'] }), [
    "Its files are for its script name.py, which is not run: the hub's own conversion to Parquet is read (refs/convert/parquet).",
    'The hub converted only the first 5 GB of train: the other rows are not read.',
  ]);
  assert.deepEqual(await notes({ files: ['name.py', 'train.csv'] }), ['Its script name.py is not run: its files are read as they are.']);
  assert.deepEqual(await notes({ files: ['a.zip'], converted: ['default/train/0000.parquet'] }), ["None of its files is a table (.zip (1)): the hub's own conversion to Parquet is read (refs/convert/parquet)."]);
  assert.deepEqual(await notes({ files: ['train.csv'], partial: true }), ['The hub was not asked what it has: its files are those of the cache.']);
  assert.deepEqual(await notes({ files: ['en/train.csv', 'fr/train.csv'], config: 'en' }), ['It describes no configurations: those that its folders make are en, fr.']);
  assert.deepEqual(await notes({ files: { 'README.md': card('configs:\n- config_name: default\n  colour: red\n  data_files:\n  - split: latest\n    path: "*"'), 'a.csv': '', 'b.txt': '' } }), [
    'Its README says of the configuration default what is not looked at: colour.',
    'Files of latest that are no tables are not read: b.txt.',
    'Its only split, latest, is taken for a dataset without splits.',
  ]);
});

const README = 'hf:org/name README.md';
const TABLES = `Tables are ${['csv', 'json', 'jsonl', 'parquet', 'tsv'].filter((name) => Object.hasOwn(READERS, name)).map((name) => `.${name}`).join(', ')}.`;
const MEND = 'Download its files, and name them with --dataset.';

/** What is refused, and how. */
const REFUSED: Readonly<Record<string, readonly [Repository, string]>> = {
  'several configurations': [{ files: TWO_FILES }, 'hf:org/name: It has 2 configurations: en, fr. Name one: hf:org/name:en'],
  'several folders that nobody described': [{ files: ['en/train.csv', 'fr/train.csv'] }, 'hf:org/name: It has 2 configurations: en, fr. Name one: hf:org/name:en'],
  'two defaults': [{ files: { ...TWO_FILES, 'README.md': TWO.replace('config_name: fr', 'config_name: default').replace('config_name: en', 'config_name: en\n  default: true') } }, 'hf:org/name: It has 2 configurations, and both en and default are called the default: en, default. Name one: hf:org/name:en'],
  'a configuration that is not there': [{ files: TWO_FILES, config: 'eng' }, 'hf:org/name: It has no configuration "eng". Did you mean "en"? It has en, fr.'],
  'a configuration where there are none': [{ files: ['train.csv'], config: 'en' }, 'hf:org/name: It has no configuration "en". It has default.'],
  'an empty repository': [{ files: ['.gitattributes', 'README.md'] }, 'hf:org/name: The repository has no files. Check the name and the revision.'],
  'pictures': [{ files: ['a.jpg', 'b.JPG', 'x/c.png', 'README.md'], converted: ['default/train/0000.parquet'] }, `hf:org/name: None of its files is a table: .jpg (2), .png (1). ${TABLES}`],
  'no tables, and no conversion': [{ files: ['a.zip', 'b.arrow', 'c.txt.zst'] }, `hf:org/name: None of its files is a table: .arrow (1), .txt.zst (1), .zip (1). ${TABLES}`],
  'a script alone': [{ files: ['name.py', 'README.md'] }, 'hf:org/name: It needs code of its own (name.py), which is not run, and the hub has no conversion of it to Parquet. Run that code where you trust it, and name the files that it makes with --dataset.'],
  'a script alone, at a revision': [{ files: ['name.py'], revision: 'v1', converted: ['default/train/0000.parquet'] }, 'hf:org/name: It needs code of its own (name.py), which is not run, and the hub has no conversion of it to Parquet at v1. Run that code where you trust it, and name the files that it makes with --dataset.'],
  'splits of no known name': [{ files: { 'README.md': card('configs:\n- config_name: default\n  data_files:\n  - split: fold1\n    path: a.csv\n  - split: fold2\n    path: b.csv'), 'a.csv': '', 'b.csv': '' } }, `hf:org/name:default: None of its splits is called train, validation or test: fold1, fold2. ${MEND}`],
  'a file named for two splits': [{ files: ['train/test.csv', 'train/a.csv'] }, `hf:org/name: train/test.csv is named for train and test. ${MEND}`],
  'splits of different formats': [{ files: ['train.csv', 'test.jsonl'] }, `hf:org/name: Its splits are of different formats: .csv (1), .jsonl (1). ${MEND}`],
  'too many bytes': [{ files: ['train.csv'], bytes: 3e11 }, 'hf:org/name:default: Its files have 300 GB, and more than 50 GB are not fetched. Name a smaller configuration, or --dataset FILE with a part of it.'],
  'shards that the cache lacks': [{ files: ['data/train-00000-of-00002.parquet'], partial: true }, 'hf:org/name: The cache has 1 of 2 shards data/train-*-of-00002. Run once with the network.'],
};

const described = (yaml: string, files: readonly string[] = ['a.csv']): Repository => ({ files: { 'README.md': card(yaml), ...Object.fromEntries(files.map((path) => [path, ''])) } });
const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]', ...[...'bcdefghij'].map((letter, i) => `${letter}: &${letter} [${Array<string>(9).fill(`*${'abcdefghi'[i]}`).join(', ')}]`)].join('\n');

const BROKEN: Readonly<Record<string, readonly [Repository, string]>> = {
  'a file that is not there': [described('configs:\n- config_name: x\n  data_files: zz.csv'), `${README}: x: Its train is zz.csv, and there is no such file. ${MEND}`],
  'a pattern that nothing matches': [described('configs:\n- config_name: x\n  data_files: data/*.parquet'), `${README}: x: Its train is data/*.parquet, and there is no such file. ${MEND}`],
  'a pattern of no tables': [described('configs:\n- config_name: x\n  data_files: "*.txt"', ['a.txt', 'b.csv']), `${README}: x: Its train is *.txt, and these are no tables: .txt (1). ${MEND}`],
  'an address': [described('configs:\n- config_name: x\n  data_files: https://example.org/a.csv'), `${README}: x: "https://example.org/a.csv" lies elsewhere or in an archive, and only files of the repository are read. ${MEND}`],
  'a file in an archive': [described('configs:\n- config_name: x\n  data_files: "a.csv::data.zip"'), `${README}: x: "a.csv::data.zip" lies elsewhere or in an archive, and only files of the repository are read. ${MEND}`],
  'a path out of the repository': [described('configs:\n- config_name: x\n  data_files: ../../etc/passwd'), `${README}: x: "../../etc/passwd" leads out of the repository. ${MEND}`],
  'an absolute path': [described('configs:\n- config_name: x\n  data_dir: /etc'), `${README}: x: "/etc" leads out of the repository. ${MEND}`],
  'stars beside letters': [described('configs:\n- config_name: x\n  data_files: "**.csv"'), `${README}: x: In the pattern "**.csv" two stars stand beside letters: they are a whole name of a path. ${MEND}`],
  'no header': [described('configs:\n- config_name: x\n  data_files: a.csv\n  header: null\n  column_names: [text, label]'), `${README}: x: It has "header: null", which is not read. ${MEND}`],
  'rows that are skipped': [described('configs:\n- config_name: x\n  data_files: a.csv\n  skiprows: 2'), `${README}: x: It has "skiprows: 2", which is not read. ${MEND}`],
  'an encoding that is not read': [described('configs:\n- config_name: x\n  data_files: a.csv\n  encoding: koi8-r'), `${README}: x: Its encoding "koi8-r" is not read. ${MEND}`],
  'a delimiter of several characters': [described('configs:\n- config_name: x\n  data_files: a.csv\n  sep: "||"'), `${README}: x: Its sep "||" is not one character. ${MEND}`],
  'a configuration without a name': [described('configs:\n- data_files: a.csv'), `${README}: A configuration has no config_name: {"data_files":"a.csv"}. ${MEND}`],
  'two of one name': [described('configs:\n- config_name: x\n- config_name: x'), `${README}: Two configurations are called "x". ${MEND}`],
  'configurations that are no list': [described('configs: all'), `${README}: configs: A list is wanted, got "all". ${MEND}`],
  'a split of a wrong name': [described('configs:\n- config_name: x\n  data_files:\n  - split: a/b\n    path: a.csv'), `${README}: x: "a/b" is no name of a split. ${MEND}`],
  'a split twice': [described('configs:\n- config_name: x\n  data_files:\n  - {split: train, path: a.csv}\n  - {split: train, path: a.csv}'), `${README}: x: The split "train" is there twice. ${MEND}`],
  'a path that is none': [described('configs:\n- config_name: x\n  data_files: [a.csv, [b.csv]]'), `${README}: x: Fields are wanted, got "a.csv". ${MEND}`],
  'class names with a gap': [described("dataset_info:\n  features:\n  - name: label\n    dtype:\n      class_label:\n        names:\n          '0': a\n          '2': b"), `${README}: "label": Its class_label does not name every class from 0 on. ${MEND}`],
};

for (const [name, [repository, message]] of Object.entries({ ...REFUSED, ...BROKEN })) {
  test(`hub layout: refused: ${name}`, () => assert.rejects(locate(repository), { message }));
}

test('hub layout: hostile descriptions end in one line, soon', async () => {
  const started = performance.now();
  for (const yaml of [bomb, `a: ${'['.repeat(200_000)}`, 'a: {', 'a: 1\na: 2', 'a: *b', '- x', '\t- x: [', `a: ${'!!python/object:os.system '}{`]) {
    const error = await locate(described(yaml)).then(() => undefined, (thrown: unknown) => thrown);
    assert.ok(error instanceof HarnessError && error.code === 'FORMAT' && error.message.startsWith(README), `${yaml.slice(0, 40)}: ${String(error)}`);
  }
  const names = await locate(described('__proto__: {configs: 1}\nconstructor: x\nconfigs:\n- config_name: __proto__\n  data_files: a.csv\n  toString: x'));
  assert.equal(names.config, '__proto__');
  assert.ok(performance.now() - started < 10_000);
});

test('hub layout: names of classes: of a column, a list, another configuration; by the file of old', async () => {
  const label = "\n          names:\n            '1': no\n            '0': 1.0";
  const yaml = `dataset_info:\n- config_name: x\n  features:\n  - name: text\n    dtype: string\n  - name: label\n    dtype:\n      class_label:${label}\n  - name: labels\n    sequence:\n      class_label:\n        names: [a, b]\n  - name: more\n    list:\n      class_label:\n        names: [c, d]\nconfigs:\n- config_name: x\n  data_files: a.csv\n- config_name: y\n  data_files: a.csv\n  features:\n  - name: label\n    dtype:\n      class_label:\n        names: [p, q]`;
  const of = async (config: string) => [...(await locate({ ...described(yaml), config })).classNames];
  assert.deepEqual(await of('x'), [['label', ['1.0', 'no']], ['labels', ['a', 'b']], ['more', ['c', 'd']]]);
  assert.deepEqual(await of('y'), [['label', ['p', 'q']]]);
  const infos = JSON.stringify({ 'org--name': { features: { text: { dtype: 'string', _type: 'Value' }, label: { names: ['neg', 'pos'], _type: 'ClassLabel' }, tags: { feature: { names: ['u', 'v'], _type: 'ClassLabel' }, _type: 'Sequence' } } } });
  assert.deepEqual([...(await locate({ files: { 'dataset_infos.json': infos, 'train.csv': '' } })).classNames], [['label', ['neg', 'pos']], ['tags', ['u', 'v']]]);
});

test('hub layout: separators and encodings that a description names', async () => {
  const { delimiter, encoding } = await locate(described('configs:\n- config_name: x\n  data_files: a.csv\n  sep: "\\t"\n  encoding: latin-1\n  header: 0\n  quotechar: "\\""'));
  assert.deepEqual([delimiter, encoding], ['\t', 'latin1']);
});
