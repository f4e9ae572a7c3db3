import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import type { CommandModule } from '../../bench/command-module.ts';
import { listStore } from '../../src/embed/store-folders.ts';
import { vectorFolder } from '../../src/home.ts';
import { TABLES, type CommandName } from '../../src/report/output/tables.ts';
import { RARE_COLUMNS } from '../../src/results/row.ts';
import { KINDS, type Column, type Table } from '../../src/results/kinds.ts';
import { envelopeOf, type Envelope } from '../report/output/valid.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyCheckpoint } from '../tiny-checkpoint.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';
import { writeTinyTokenizer } from '../tiny-tokenizer.ts';
import { bench } from './bench.ts';
import { call, COMMANDS, type Ended } from './commands.ts';

/** Output of every command for programs: the envelope by its published schema, and nothing else; the CSV has the same values. */

const root = temporaryFolder();
const at = (...names: string[]) => path.join(root, ...names);
const cache = at('cache');
const tiny = writeTinyEncoder(at('tiny'));
const other = writeTinyEncoder(at('other'), { layers: 3, seed: 7, placement: 'pre' });
const third = writeTinyEncoder(at('third'), { seed: 9 });

const WORDS = ['what', 'who', 'where', 'is', 'the', 'abc', 'zebra', 'quiz', 'moon', 'tip'];
const TEXTS = Array.from({ length: 60 }, (_, i) => `${WORDS[i % 7]} ${WORDS[(i * 3 + 1) % 10]} ${WORDS[i % 3]} ${'xyz'[i % 3]} ${i % 13}?`);
// One text occurs twice.
const LINES = [...TEXTS, TEXTS[0]!].map(
  (text, i) => `"${text}",${['animal', 'place', 'person'][i % 3]},${['train', 'train', 'train', 'dev', 'test'][i % 5]}`,
);
writeFileSync(at('topics.csv'), `text,label,split\n${LINES.join('\n')}\n`);
writeFileSync(at('texts.txt'), `${TEXTS.slice(0, 9).join('\n')}\n`);
writeFileSync(
  at('models.json'),
  JSON.stringify({
    models: {
      good: { aliases: ['g'], layers: 2, variants: [{ dtype: 'fp32', from: `file:${tiny}`, onnx: 'model.onnx' }] },
      gone: { variants: [{ dtype: 'q4', from: `file:${at('nowhere')}`, onnx: 'model.onnx' }] },
      all: { concat: true },
    },
  }),
);
writeFileSync(
  at('datasets.json'),
  JSON.stringify({
    datasets: {
      here: {
        title: 'Here',
        reader: 'csv',
        rows: { train: 48, test: 12 },
        classes: 3,
        files: [{ split: 'all', name: 'all', from: [`file:${at('topics.csv')}`] }],
      },
      gone: { reader: 'csv', files: [{ split: 'all', name: 'all', from: [`file:${at('nowhere.csv')}`] }] },
    },
  }),
);

const INPUTS = { cache, offline: true, threads: 2, quiet: true };
const DATA = { dataset: [at('topics.csv')], 'text-column': 'text', 'label-column': 'label', 'split-column': 'split' };
const FROZEN = { ...INPUTS, ...DATA, model: [tiny, other, third], pooling: 'mean', protocol: 'leave-one-out,fit-train', out: at('whole') };
const SHARD = (index: number) => ({ ...FROZEN, shard: `${index}/2`, out: at(`shard${index}`) });

/** The envelope of a command that prints its rows as CSV too: the same values, by the columns' kinds. */
async function printed(
  command: CommandName,
  flags: Readonly<Record<string, unknown>>,
  words: readonly string[] = [],
): Promise<Envelope & Ended> {
  const name = command.split(' ')[0] as (typeof COMMANDS)[number];
  const asked = command === 'datasets check' ? ['check', ...words] : words;
  const ended = await call(name, { ...flags, format: 'json' }, asked);
  const envelope = envelopeOf(ended.out);
  assert.equal(envelope.command, command);
  assert.equal(ended.status === 0, envelope.failures.length === 0, 'failures are empty exactly where the status is 0');
  for (const { reason } of envelope.failures)
    assert.ok(command === 'merge' || command === 'diff' || ended.err.includes(String(reason)), `on stderr too: ${String(reason)}`);
  return { ...envelope, ...ended };
}

/** A column of another task, empty in every row. */
function isLeftOut(column: string, record: Readonly<Record<string, string>>): boolean {
  return (RARE_COLUMNS as readonly string[]).includes(column) && !(column in record);
}

/** The values that a CSV says, by the columns' kinds. */
function valuesOf(command: CommandName, csv: string): Record<string, unknown>[] {
  const table: Table = TABLES[command];
  const records = parse(csv, { columns: true }) as Record<string, string>[];
  assert.deepEqual(
    Object.keys(records[0] ?? {}),
    records.length === 0 ? [] : Object.keys(table).filter((column) => table[column]!.kind !== 'list' && !isLeftOut(column, records[0]!)),
  );
  return records.map((record) =>
    Object.fromEntries(
      Object.keys(table)
        .filter((column) => column in record || isLeftOut(column, record))
        .map((column) => [column, valueOf(table[column]!, record[column] ?? '')]),
    ),
  );
}

function valueOf({ kind }: Column, text: string): unknown {
  if (kind === 'names') return text === '' ? [] : text.split('; ');
  return text === '' || kind === 'list' ? null : KINDS[kind].parse(text.replace(/^'(?=[=+@-])/, ''));
}

/** The same command as CSV has the rows of its envelope, except for what differs between runs. */
async function sameAsCsv(
  command: CommandName,
  { rows }: Envelope,
  flags: Readonly<Record<string, unknown>>,
  { words = [], except = [] }: { readonly words?: readonly string[]; readonly except?: readonly string[] } = {},
): Promise<void> {
  const name = command.split(' ')[0] as (typeof COMMANDS)[number];
  const { out } = await call(name, { ...flags, format: 'csv' }, command === 'datasets check' ? ['check', ...words] : words);
  const table: Table = TABLES[command];
  const plain = (row: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(row).filter(([column]) => table[column]!.kind !== 'list' && !except.includes(column)));
  assert.deepEqual(valuesOf(command, out).map(plain), rows.map(plain));
}

test('output: run, with the findings of the data check as notes', async () => {
  const found = await printed('run', FROZEN);
  assert.equal(found.rows.length, 3 * (1 + 3));
  assert.deepEqual(found.rows[0], { ...found.rows[0], encoder: 'other', k: 5, n: 12, objective: null, epoch: null });
  assert.ok(
    found.notes.includes('topics: 1 of 61 texts repeats an earlier one (after trimming), with the same labels: --deduplicate drops it.'),
    found.notes.join('\n'),
  );
  for (const line of found.err.trim().split('\n')) assert.ok(found.notes.includes(line), line);
  await sameAsCsv('run', found, FROZEN);
});

test('output: run, with an encoder that fails: status 1, and why', async () => {
  const flags = {
    ...FROZEN,
    model: undefined,
    'models-file': at('models.json'),
    encoders: 'good,gone',
    protocol: 'complete',
    out: at('failed'),
  };
  const { status, rows, failures } = await printed('run', flags);
  assert.deepEqual(
    [status, rows.length, failures.map(({ encoder, dataset, pooling, file }) => [encoder, dataset, pooling, file])],
    [1, 1, [['gone', 'topics', null, null]]],
  );
});

test('output: show has the rows and notes of results.csv, chosen ones too', async () => {
  const flags = { out: at('whole'), protocol: 'leave-one-out' };
  const found = await printed('show', flags);
  assert.equal(found.rows.length, 3);
  await sameAsCsv('show', found, flags);
});

test('output: rank', async () => {
  const flags = { ...INPUTS, ...DATA, model: [tiny, other], estimator: 'knn,logme', out: at('ranked') };
  const found = await printed('rank', flags);
  assert.deepEqual(
    found.rows.map(({ rank, tied, estimator, n }) => [typeof rank, typeof tied, estimator, n]),
    [
      ['number', 'boolean', 'knn', 61],
      ['number', 'boolean', 'knn', 61],
    ],
  );
  assert.ok(
    found.notes.some((note) => /^topics: .*(tied|better)/.test(note)),
    found.notes.join('\n'),
  );
  await sameAsCsv('rank', found, flags, { except: ['ms_a_text', 'tokens_per_second', 'memory_mb'] });
  const within = await printed('rank', { ...flags, model: [tiny, other, third], budget: '30s' });
  assert.ok(within.notes.some((note) => note.startsWith('topics: Budget 30 s')));
});

test('output: finetune, and agree on what came out', async () => {
  const flags = {
    ...INPUTS,
    ...DATA,
    model: [tiny, other, third],
    pooling: 'mean',
    objective: 'classic',
    epochs: 1,
    'batch-size': 8,
    k: '3',
    out: at('whole'),
  };
  const found = await printed('finetune', flags);
  assert.deepEqual(
    new Set(found.rows.map(({ objective, seed }) => JSON.stringify([objective, seed]))),
    new Set(['[null,null]', '["classic",1]']),
  );
  await sameAsCsv('finetune', found, flags);
  const agreed = await printed('agree', { out: at('whole') });
  assert.ok(agreed.rows.length > 0 && agreed.rows.every(({ encoders }) => encoders === 3));
  await sameAsCsv('agree', agreed, { out: at('whole') });
});

test('output: merge, whole and with a shard that is missing', async () => {
  for (const index of [1, 2]) await printed('run', SHARD(index));
  const found = await printed('merge', { out: at('merged') }, [at('shard1'), at('shard2')]);
  assert.equal(found.rows.length, 12);
  await sameAsCsv('merge', found, { out: at('merged') }, { words: [at('shard1'), at('shard2')] });
  const half = await printed('merge', { out: at('half') }, [at('shard1')]);
  assert.equal(half.status, 1);
  assert.equal(half.failures[0]!['reason'], 'Shard 2/2 is missing.');
  assert.ok(
    half.failures
      .slice(1)
      .every(({ encoder, dataset, reason }) => encoder !== null && dataset === 'topics' && reason === 'No shard has it.'),
  );
});

test('output: diff, and what --fail-on finds', async () => {
  cpSync(at('merged'), at('changed'), { recursive: true });
  rmSync(at('changed', 'examples'), { recursive: true });
  const file = at('changed', 'results.csv');
  writeFileSync(
    file,
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => !line.startsWith('third,'))
      .join('\n')
      .replaceAll(/,(\d\d)\.(\d\d),\1\.\2,/g, ',10.00,10.00,'),
  );
  const words = [at('merged'), at('changed')];
  const found = await printed('diff', {}, words);
  assert.deepEqual([found.status, found.rows.length, found.rows.filter(({ change }) => change === 'gone').length], [0, 12, 4]);
  assert.deepEqual(found.rows.find(({ change }) => change === 'gone')!['after'], null);
  assert.match(found.notes[0]!, /^Micro-F1, .* → .*: .* 4 gone and 0 unchanged$/);
  await sameAsCsv('diff', found, {}, { words });
  const failed = await printed('diff', { 'fail-on': 'worse' }, words);
  assert.equal(failed.status, 1);
  assert.match(String(failed.failures.at(-1)!['reason']), /^--fail-on worse: (gone|worse), \d+\.\d\d → (no score|\d+\.\d\d)$/);
});

test('output: models, --check and --pin', async () => {
  const flags = { cache, offline: true, 'models-file': at('models.json') };
  const listed = await printed('models', flags);
  assert.deepEqual(
    listed.rows.map(({ key, aliases, layers, dtype, form, where, answers }) => [key, aliases, layers, dtype, form, where, answers]),
    [
      ['good', ['g'], 2, 'fp32', 'onnx', 'local', null],
      ['gone', [], null, 'q4', 'onnx', 'missing', null],
      ['all', [], null, null, 'concatenation', null, null],
    ],
  );
  await sameAsCsv('models', listed, flags);
  const checked = await printed('models', { ...flags, check: true });
  assert.deepEqual(
    [checked.status, checked.rows.map(({ answers }) => answers), checked.failures.map(({ encoder }) => encoder)],
    [1, [true, false, null], ['gone']],
  );
  const pinned = await printed('models --pin', { ...flags, pin: true });
  assert.deepEqual(
    [pinned.status, pinned.rows.map(({ key }) => key), pinned.failures.map(({ encoder }) => encoder)],
    [1, ['good'], ['gone']],
  );
  assert.deepEqual(
    await call('models', { ...flags, pin: true, format: 'json' }, ['gone']).then(({ status, out }) => [status, out]),
    [2, ''],
    'nothing was pinned: nothing is printed',
  );
});

test('output: datasets, --check, and datasets check', async () => {
  const flags = { cache, offline: true, 'datasets-file': at('datasets.json') };
  const listed = await printed('datasets', flags);
  assert.deepEqual(
    listed.rows.map(({ key, title, texts, train, dev, test: tests, where }) => [key, title, texts, train, dev, tests, where]),
    [
      ['here', 'Here', 60, 48, null, 12, 'local'],
      ['gone', null, null, null, null, null, 'missing'],
    ],
  );
  await sameAsCsv('datasets', listed, flags);
  const asked = await printed('datasets', { ...flags, check: true });
  assert.deepEqual([asked.status, asked.failures.map(({ dataset }) => dataset)], [1, ['gone']]);
  const check = { ...INPUTS, ...DATA, model: [tiny], 'max-length': 8 };
  const checked = await printed('datasets check', check);
  assert.equal(checked.rows[0]!['truncated_texts'], (checked.rows[0]!['truncated'] as { texts: number }[])[0]!.texts);
  await sameAsCsv('datasets check', checked, check, { except: ['notes'] });
});

test('output: embed, export, split, map and report say what they wrote', async () => {
  const checkpoint = writeTinyCheckpoint(at('checkpoint'));
  writeTinyTokenizer(checkpoint);
  const commands: readonly {
    readonly command: CommandName;
    readonly flags: Readonly<Record<string, unknown>>;
    readonly many: number;
    readonly words?: readonly string[];
  }[] = [
    {
      command: 'embed',
      flags: { ...INPUTS, model: [tiny], input: at('texts.txt'), pooling: 'cls,mean', out: at('vectors.safetensors') },
      many: 2,
    },
    { command: 'export', flags: { ...INPUTS, model: [checkpoint], out: at('exported'), overwrite: true }, many: 4 },
    {
      command: 'split',
      flags: { ...INPUTS, dataset: [at('topics.csv')], 'text-column': 'text', 'label-column': 'label', share: 0.2, out: at('split') },
      many: 2,
    },
    { command: 'map', flags: { ...INPUTS, ...DATA, model: [tiny], pooling: 'mean', out: at('whole') }, many: 2 },
    {
      command: 'report',
      flags: { cache, offline: true, threads: 2, quiet: true, neighbours: 0, out: at('page') },
      many: 1,
      words: [at('whole')],
    },
  ];
  for (const { command, flags, many, words = [] } of commands) {
    const found = await printed(command, flags, words);
    assert.equal(found.rows.length, many, command);
    for (const { file, bytes } of found.rows)
      assert.ok(existsSync(String(file)) && readFileSync(String(file)).byteLength === bytes, `${command}: ${String(file)}`);
    await sameAsCsv(command, found, flags, { words, except: ['bytes'] });
  }
});

test('output: cache, as it is, verified and pruned', async () => {
  const listed = await printed('cache', { cache });
  assert.ok(
    listed.rows.length > 0 && listed.rows.every(({ damaged, removed, bytes }) => damaged === null && removed === null && Number(bytes) > 0),
  );
  await sameAsCsv('cache', listed, { cache }, { except: ['last_used'] });
  const shard = (await listStore(vectorFolder(cache)))[0]!.shards[0]!;
  truncateSync(shard.file, shard.bytes - 4);
  const dry = await printed('cache', { cache, verify: true, 'dry-run': true });
  assert.deepEqual(
    [dry.status, dry.failures.map(({ file }) => file), dry.rows.map(({ damaged }) => damaged).filter((count) => count !== 0)],
    [1, [shard.file], [1]],
  );
  assert.deepEqual(dry.notes, ['--dry-run: nothing was removed.']);
  assert.equal((await printed('cache', { cache, verify: true })).status, 1);
  assert.equal((await printed('cache', { cache, verify: true })).status, 0);
  const pruned = await printed('cache', { cache, 'max-size': '0MB' });
  assert.ok(pruned.rows.every(({ files, removed, bytes, removed_bytes: gone }) => files === removed && bytes === gone));
  assert.deepEqual([...new Set((await printed('cache', { cache })).rows.map(({ kind }) => kind))], ['unfinished']);
});

test('output: a command that fails prints its line on stderr and nothing on stdout', async () => {
  for (const args of [
    ['run', '--dataset', at('nowhere.csv')],
    ['show', '--out', at('nowhere')],
    ['rank', '--by', 'nothing'],
    ['cache', '--max-age', 'old'],
    ['diff', 'a', 'b', 'c'],
  ]) {
    const { status, out, err } = await bench([...args, '--format', 'json'], { cache });
    assert.deepEqual([status, out, err.trim().split('\n').length], [2, '', 1], err);
  }
});

const shell = (script: string) => spawnSync('bash', ['-c', script], { encoding: 'utf8' });

test(
  'output: a reader that stops early is no failure, a full disk is one line and status 2',
  { skip: process.platform === 'win32' },
  () => {
    const main = path.join(import.meta.dirname, '..', '..', 'bench', 'main.js');
    const show = `"${process.execPath}" "${main}" show --out "${at('whole')}" --format json`;
    const early = shell(`set -o pipefail; ${show} | true`);
    assert.deepEqual([early.status, early.stderr], [0, '']);
    if (!existsSync('/dev/full')) return;
    const full = shell(`${show} > /dev/full`);
    const line = 'bench: standard output: It cannot be written (ENOSPC: no space left on device, write).\n';
    assert.deepEqual([full.status, full.stderr], [2, line]);
  },
);

test('output: every command takes --format with the same four values', async () => {
  for (const name of COMMANDS) {
    const { command } = (await import(`../../bench/commands/${name}.js`)) as { command: CommandModule };
    assert.match(command.options['format']?.describe ?? '', /table, markdown, csv, json/, name);
    assert.equal(command.options['format']!.default, 'table', name);
  }
});
