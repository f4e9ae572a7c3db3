import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { checkData } from '../../src/datasets/check.ts';
import type { FetchFile } from '../../src/datasets/corpus.ts';
import type { ClassificationDataset, Dataset, RegressionDataset, TokenDataset } from '../../src/datasets/dataset.ts';
import { loadDataset } from '../../src/datasets/load.ts';
import { withClasses, withNumbers, withTags } from '../../src/datasets/task.ts';
import type { DatasetEntry } from '../../src/registry/schema.ts';
import { openSources } from '../../src/sources/sources.ts';
import { findScheme } from '../../src/tags/scheme.ts';
import { spansOf } from '../../src/tags/spans.ts';
import { shared, unlessShared } from '../shared.ts';
import { temporaryFolder } from '../temporary.ts';
import { classCounts, entryOf } from './support.ts';

// Counts are those of the PROVENANCE.txt of each dataset, computed in Python.
const data = (...names: string[]) => shared('tasks', 'data', ...names);
const skip = unlessShared('tasks', 'data');
const cacheDir = temporaryFolder();

const sources = openSources({ cacheDir, offline: true, mirrors: [data()] });
const fetchMirrored: FetchFile = (file) => sources.fetchFile(file);

interface More {
  readonly labelField?: string;
  readonly entry?: Partial<DatasetEntry>;
  readonly fetchFile?: FetchFile;
}

function load(key: string, { entry, fetchFile = fetchMirrored, ...more }: More = {}): Promise<Dataset> {
  return loadDataset({ entry: { ...entryOf(key), ...entry }, fetchFile, labels: 'first', seed: 1, ...more });
}

const rowsOf = ({ split }: Dataset) => [0, 1, 2].map((each) => split.filter((own) => own === each).length);
const ASKED = { k: 5, amongAll: true, byTrain: true };

/** Parts of files replace those that are not available in full. */
function parts(key: string, names: Readonly<Record<string, string>>): More {
  const files = entryOf(key).files.filter(({ name }) => Object.hasOwn(names, name));
  return {
    entry: { files, rows: undefined, classes: undefined },
    fetchFile: (file) => Promise.resolve({ path: data(...names[file.name]!.split('/')) }),
  };
}

const tagsOf = ({ tags, starts, classes }: TokenDataset) =>
  Array.from({ length: starts.length - 1 }, (_, i) => Array.from(tags.subarray(starts[i]!, starts[i + 1]!), (tag) => classes[tag]!));

test('wnut17: sentences, words and tags; tabs alone end sentences, words stay as they are', { skip }, async () => {
  const dataset = withTags(await load('wnut17'), 'The spec');
  assert.deepEqual(rowsOf(dataset), [3394, 1009, 1287]);
  assert.equal(dataset.tags.length, 62_730 + 15_733 + 23_394);
  const words = dataset.words.flat();
  assert.deepEqual([words.filter((word) => word === '').length, words.filter((word) => /[^\S\ufeff]/.test(word)).length], [0, 0]);
  for (const word of ['"', '&', ';', '|', '#']) assert.ok(words.includes(word), word);
  const invisible = dataset.words.flatMap((each, i) => each.flatMap((word) => (/^\ufe0f+$/.test(word) ? [i] : [])));
  assert.deepEqual(invisible, [...[403, 403, 883, 982].map((i) => 3394 + i), ...[910, 1143, 1261].map((i) => 3394 + 1009 + i)]);
  const check = checkData(dataset, ASKED);
  assert.deepEqual([check.tags!.invisible, check.tags!.longest], [7, 105]);
  const counts = Object.fromEntries(check.classes.map(({ name, train, dev, test: tested }) => [name, [train, dev, tested]]));
  assert.deepEqual(
    [counts['O'], counts['I-creative-work'], counts['B-corporation']],
    [
      [59_570, 14_483, 21_654],
      [206, 133, 218],
      [221, 34, 66],
    ],
  );
  assert.deepEqual([check.majority!.class, check.majority!.microF1, check.testMajority!.accuracy], ['O', 0, 21_654 / 23_394]);
  assert.deepEqual([check.duplicates.rows, check.leaks.testInTrain], [103 + 3 + 7, 0]);
});

test('wnut17: the scheme is IOB2, nothing of it is broken, and a type may hold a hyphen', { skip }, async () => {
  const sentences = tagsOf(withTags(await load('wnut17'), 'The spec'));
  const found = findScheme(sentences);
  assert.deepEqual(
    [found.scheme, found.broken],
    [
      { name: 'IOB2', bare: false },
      { unopened: 0, changed: 0, unclosed: 0, needless: 0 },
    ],
  );
  const types = new Set(sentences.flatMap((tags) => spansOf(tags, found.scheme!).map(({ type }) => type)));
  assert.deepEqual([...types].toSorted(), ['corporation', 'creative-work', 'group', 'location', 'person', 'product']);
});

test('ud-english-ewt: syntactic words alone, under universal tags and those of the treebank', { skip }, async () => {
  const more = parts('ud-english-ewt', {
    'en_ewt-ud-dev.conllu': 'ud_english_ewt/en_ewt-ud-dev.first500.conllu',
    'en_ewt-ud-test.conllu': 'ud_english_ewt/en_ewt-ud-test.first300.conllu',
  });
  const upos = withTags(await load('ud-english-ewt', more), 'The spec');
  assert.deepEqual([rowsOf(upos), upos.tags.length, upos.classes.length], [[0, 500, 300], 7621 + 5224, 17]);
  assert.ok(!upos.classes.includes('_') && !upos.words.flat().includes("don't"));
  const check = checkData(upos, ASKED);
  assert.deepEqual(check.tags!.found.scheme, undefined);
  assert.deepEqual([check.majority!.class, check.majority!.microF1], ['NOUN', (1168 + 699) / (7621 + 5224)]);
  const xpos = withTags(await load('ud-english-ewt', { ...more, labelField: 'xpos' }), 'The spec');
  const counts = new Map(checkData(xpos, ASKED).classes.map(({ name, dev }) => [name, dev]));
  assert.deepEqual(
    ['-LRB-', '-RRB-', 'HYPH', '``', "''"].map((name) => counts.get(name)),
    [43, 43, 46, 41, 38],
  );
  assert.equal(checkData(xpos, ASKED).tags!.found.scheme, undefined);
});

test('sick-relatedness: scores are numbers whichever way they are written, of pairs', { skip }, async () => {
  const dataset = withNumbers(await load('sick-relatedness'), 'The spec');
  assert.deepEqual([rowsOf(dataset), dataset.seconds?.length], [[4500, 0, 4927], 9427]);
  const of = (split: number) => Array.from(dataset.targets.filter((_, row) => dataset.split[row] === split));
  for (const [split, distinct, mean] of [
    [0, 125, 3.5209],
    [2, 146, 3.53],
  ] as const) {
    const targets = of(split);
    assert.deepEqual([new Set(targets).size, Math.min(...targets), Math.max(...targets)], [distinct, 1, 5]);
    assert.equal((targets.reduce((sum, each) => sum + each, 0) / targets.length).toFixed(4), mean.toFixed(4));
  }
  const train = dataset.texts.map((text, row) => `${text}\0${dataset.seconds![row]}`).filter((_, row) => dataset.split[row] === 0);
  assert.equal(train.length - new Set(train).size, 30);
});

test('sick-entailment: three classes, though the lines of one file end in \\r\\n', { skip }, async () => {
  const dataset = withClasses(await load('sick-entailment'), 'The spec');
  assert.deepEqual(classCounts(dataset), { CONTRADICTION: 665 + 720, ENTAILMENT: 1299 + 1414, NEUTRAL: 2536 + 2793 });
  assert.deepEqual(dataset.texts, (await load('sick-relatedness')).texts);
});

const quotes = (text: string) => text.split('"').length - 1;

async function mrpcPart(name: string, file: string): Promise<ClassificationDataset> {
  return withClasses(await load('mrpc', parts('mrpc', { [name]: file })), 'The spec');
}

function quoted({ texts, seconds }: ClassificationDataset): number {
  return texts.filter((text, row) => quotes(`${text}${seconds![row]}`) > 0).length;
}

test('emobank: three targets of one text, most of them alike', { skip }, async () => {
  const values: Record<string, RegressionDataset> = {};
  for (const field of ['V', 'A', 'D']) values[field] = withNumbers(await load('emobank', { labelField: field }), 'The spec');
  const { V, A, D } = values as { V: RegressionDataset; A: RegressionDataset; D: RegressionDataset };
  assert.deepEqual(rowsOf(V), [8062, 1000, 1000]);
  assert.deepEqual((await load('emobank')).hash, V.hash);
  assert.equal(new Set([V.hash, A.hash, D.hash]).size, 3);
  const { targets, duplicates } = checkData(V, ASKED);
  assert.deepEqual([targets!.distinct, targets!.frequent], [141, { target: 3, rows: 2096 + 258 + 266 }]);
  assert.equal(duplicates.rows, 156);
  assert.deepEqual(
    [V.texts.filter((text) => text.endsWith('"')).length, V.texts.filter((text) => quotes(text) % 2 === 1).length],
    [675, 290],
  );
  assert.equal(V.texts.filter((text) => /\P{ASCII}/u.test(text)).length, 1719);
});

test('mrpc: quotes are text, and no row is lost by them; a byte order mark is none of a column', { skip }, async () => {
  const train = await mrpcPart('msr-para-train.tsv', 'mrpc/msr-para-train.first1000.tsv');
  const tested = await mrpcPart('msr-para-test.tsv', 'mrpc/msr-para-test.tsv');
  assert.deepEqual([train.texts.length, classCounts(train), quoted(train)], [1000, { 0: 330, 1: 670 }, 211]);
  assert.deepEqual([tested.texts.length, classCounts(tested), quoted(tested)], [1725, { 0: 578, 1: 1147 }, 367]);
  assert.ok([...train.seconds!, ...tested.seconds!].every((text) => !/[\r\t]/.test(text)));
  const { testMajority } = checkData(tested, ASKED);
  assert.equal((100 * testMajority!.accuracy).toFixed(1), '66.5');
});

test('datasets of tasks: those of the mirror alone are found there, by their hashes', { skip }, async () => {
  const pinned = ['wnut17', 'sick-relatedness', 'emobank'].flatMap((key) => entryOf(key).files);
  for (const file of pinned) assert.ok(path.resolve((await fetchMirrored(file)).path).startsWith(path.resolve(data())), file.name);
});
