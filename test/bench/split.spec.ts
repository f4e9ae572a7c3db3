import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { command } from '../../bench/commands/split.ts';
import type { Terminal } from '../../bench/command-module.ts';
import { readCorpus } from '../../src/datasets/corpus.ts';
import { loadDataset } from '../datasets/load-classes.ts';
import { shared, unlessShared } from '../shared.ts';
import { temporaryFolder } from '../temporary.ts';

const folder = temporaryFolder();
const at = (name: string) => path.join(folder, name);

/** Runs the command with its defaults; returns its output. */
async function split(flags: Readonly<Record<string, unknown>>): Promise<string> {
  let said = '';
  const err = { write: (text: string) => (said += text) } as unknown as NodeJS.WriteStream;
  const terminal: Terminal = { out: err, err, typed: [], width: undefined, color: false };
  const defaults = Object.fromEntries(Object.entries(command.options).map(([name, option]) => [name, option.default as unknown]));
  assert.equal(await command.run({ _: [], ...defaults, cache: at('cache'), ...flags }, terminal), 0);
  return said;
}

const pairs = (list: readonly string[], labels: readonly string[]): string[] =>
  list.map((text, i) => `${labels[i]} ${JSON.stringify(text)}`).toSorted();

test('bench split: what it writes is read back as it was, whatever is in a text', async () => {
  const texts = ['plain', 'a "quote"', 'comma, here', 'new\nline', 'return\r', '', ' blanks ', '\ufeffmark', '\u0085\u2028', '"'];
  const rows = [...texts, ...texts].map((text, i) => ({ q: text, topic: i < 10 ? ['x', 'z'] : ['y'] }));
  writeFileSync(at('own.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const said = await split({ dataset: [at('own.jsonl')], 'text-column': 'q', 'label-column': 'topic', out: at('cut') });
  assert.equal(
    said,
    `18 rows in ${at('cut/train.csv')}, 2 rows in ${at('cut/dev.csv')}; several labels per text: read them with --label-separator "|"\n`,
  );
  const back = await loadDataset({
    file: { path: at('cut'), textColumn: 'q', labelColumn: 'topic', labelSeparator: '|' },
    labels: 'multi',
    seed: 1,
  });
  assert.deepEqual(
    pairs(
      back.texts,
      back.labelSets!.map((set) => [...set].map((c) => back.classes[c]).join()),
    ),
    pairs(
      rows.map(({ q }) => q),
      rows.map(({ topic }) => topic.join()),
    ),
  );
  assert.deepEqual(
    back.texts.filter((_, row) => back.split[row] === 1),
    ['plain', 'plain'],
  );
});

const lines = (list: readonly (readonly (readonly string[])[])[]) => list.map((words) => JSON.stringify(words)).toSorted();

test('bench split: tagged sentences are written as JSON lines, and read back as they were', async () => {
  const sentences = Array.from(
    { length: 20 },
    (_, i) =>
      [
        ['w"', 'B-x'],
        [`${i}`, 'O'],
        ['#', i % 2 === 0 ? 'I-x' : 'O'],
      ] as const,
  );
  writeFileSync(at('own.conll'), sentences.map((words) => words.map((pair) => `${pair.join('\t')}\n`).join('')).join('\n'));
  const said = await split({ dataset: [at('own.conll')], out: at('tags') });
  assert.equal(said, `18 rows in ${at('tags/train.jsonl')}, 2 rows in ${at('tags/dev.jsonl')}\n`);
  const { task, examples } = await readCorpus({ file: { path: at('tags') } });
  assert.equal(task, 'token-classification');
  assert.deepEqual(lines(examples.map(({ words, labels }) => words!.map((word, i) => [word, labels[i]!]))), lines(sentences));
  assert.deepEqual(
    examples
      .filter((one) => one.split === 'dev')
      .map(({ words }) => words![1])
      .toSorted(),
    ['0', '1'],
    'the first of all, whatever their tags',
  );
});

test('bench split: both texts of pairs are written, and numbers are cut as such', async () => {
  writeFileSync(at('pairs.csv'), `a,b,score\n${Array.from({ length: 20 }, (_, i) => `x${i},y${i},${i / 8}`).join('\n')}\n`);
  const columns = { 'text-column': 'a', 'text-pair-column': 'b', 'label-column': 'score' };
  await split({ dataset: [at('pairs.csv')], ...columns, task: 'regression', take: 'last', out: at('pairs') });
  assert.equal(readFileSync(at('pairs/dev.csv'), 'utf8').split('\n').toSorted().join('|'), '|a,b,score|x18,y18,2.25|x19,y19,2.375');
});

test(
  'bench split: TREC, of whose classes the last tenth is dev; the same seed gives the same bytes',
  { skip: unlessShared('data/trec') },
  async () => {
    const flags = { dataset: ['TREC6'], take: 'last', mirror: [shared('data')], offline: true };
    assert.equal(
      await split({ ...flags, out: at('one') }),
      `10 rows moved so that equal texts stay in one split.\n4906 rows in ${at('one/train.csv')}, 546 rows in ${at('one/dev.csv')}, ` +
        `500 rows in ${at('one/test.csv')}\n`,
    );
    await split({ ...flags, out: at('two') });
    for (const name of ['train.csv', 'dev.csv', 'test.csv'])
      assert.deepEqual(readFileSync(at(`one/${name}`)), readFileSync(at(`two/${name}`)));
    const dataset = await loadDataset({ file: { path: at('one') }, labels: 'first', seed: 1 });
    assert.deepEqual([dataset.texts.length, dataset.classes], [5952, ['ABBR', 'DESC', 'ENTY', 'HUM', 'LOC', 'NUM']]);
  },
);

test('bench split: every label field is a column', { skip: unlessShared('data/political_bias_baly') }, async () => {
  await split({ dataset: ['political-bias-baly'], mirror: [shared('data')], offline: true, out: at('bias') });
  assert.ok(readFileSync(at('bias/dev.csv'), 'utf8').startsWith('text,bias,publisher\n'));
  const dataset = await loadDataset({ file: { path: at('bias'), labelColumn: 'publisher' }, labels: 'first', seed: 1 });
  assert.equal(dataset.classes.length, 9);
});

test('bench split: wrong flags are refused, and nothing is written', { skip: unlessShared('data/trec') }, async () => {
  const wrong = (flags: object, message: string) =>
    assert.rejects(split({ dataset: ['trec6'], mirror: [shared('data')], offline: true, out: at('none'), ...flags }), {
      name: 'HarnessError',
      message,
    });
  await wrong({ take: 'middle' }, '--take: "middle" is not a valid value. It takes first, last.');
  await wrong({ share: 2 }, '`share`: It takes a number above 0 and below 1, got 2.');
  await wrong({ dataset: ['trec6', 'trec50'] }, '--dataset: One dataset is split at a time. Give one --dataset.');
  await wrong({ dataset: ['sst-binary'] }, 'sst-binary: It already has a dev split of 872 rows. Only datasets without one are split.');
  await wrong(
    { dataset: ['trek6'] },
    'Unknown dataset "trek6". Did you mean "trec6"? See `bench datasets`; for your own file use `dataset`.',
  );
  await wrong({ delimiter: ';' }, '`delimiter`: It applies to dataset files, and none is given. Omit it, or give a file with `dataset`.');
  await wrong(
    { 'skip-invalid': true },
    '`skipInvalid`: It applies to dataset files, and none is given. Omit it, or give a file with `dataset`.',
  );
  await wrong(
    { dataset: ['gone.xlsx'] },
    '`dataset`: File not found: gone.xlsx. Give the path of a .csv, .tsv, .jsonl, .json, .parquet, .conll or .conllu file, or of a folder.',
  );
  assert.equal(existsSync(at('none')), false);
});

test('bench split: existing splits are not overwritten, and no file of another dataset stays with them', async () => {
  const rows = 'text,label\na,x\nb,y\nc,x\nd,y\n';
  for (const name of ['over', 'beside', 'labels']) mkdirSync(at(name));
  writeFileSync(at('over/train.csv'), rows);
  const over = {
    name: 'HarnessError',
    message: `--out: ${at('over')} has the files that are split, which would be overwritten. Give another folder.`,
  };
  await assert.rejects(split({ dataset: [at('over/train.csv')], share: 0.5, out: at('over') }), over);
  await assert.rejects(split({ dataset: [at('over')], share: 0.5, out: at('over') }), over);
  assert.equal(readFileSync(at('over/train.csv'), 'utf8'), rows);
  writeFileSync(at('beside/test.csv'), rows);
  await assert.rejects(split({ dataset: [at('over')], share: 0.5, out: at('beside') }), {
    name: 'HarnessError',
    message: `--out: ${at('beside')} has a test.csv already, which would be read with what is written. Give another folder, or remove it.`,
  });
  await split({ dataset: [at('over')], share: 0.5, out: at('again') });
  await split({ dataset: [at('over')], share: 0.5, out: at('again') });
});

test('bench split: labels that cannot be written end it before any file', async () => {
  writeFileSync(
    at('bars.jsonl'),
    '{"text":"a","label":"x"}\n{"text":"b","label":"x"}\n{"text":"c","label":"x"}\n{"text":"d","label":["x","p|q"]}\n',
  );
  await assert.rejects(split({ dataset: [at('bars.jsonl')], share: 0.25, take: 'last', out: at('bars') }), {
    name: 'HarnessError',
    message: 'Label "p|q" contains "|", which separates labels. Rename the label.',
  });
  assert.equal(existsSync(at('bars')), false);
});
