import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { ChoiceJournal } from '../../src/experiment/choice-journal.ts';
import { temporaryFolder } from '../temporary.ts';

const params = (folder: string, more: { readonly overwrite?: boolean } = {}) => ({
  folder,
  id: 'abc',
  overwrite: false,
  warn: (line: string) => assert.fail(line),
  ...more,
});

test('journal: steps are there again, with the time of all who went on with them', async () => {
  const folder = temporaryFolder();
  const first = await ChoiceJournal.open(params(folder));
  assert.deepEqual([first.isEmpty, first.step('screen')], [true, undefined]);
  await sleep(30);
  await first.add('screen', { cost: 3 });
  await first.close();
  const second = await ChoiceJournal.open(params(folder));
  assert.deepEqual([second.isEmpty, second.step('screen'), second.step('constructor')], [false, { cost: 3 }, undefined]);
  assert.ok(second.spentMs >= 30);
  await second.close();
  const anew = await ChoiceJournal.open(params(folder, { overwrite: true }));
  assert.ok(anew.isEmpty && anew.spentMs < 30);
  await anew.close();
});

test('journal: a damaged one is started over, and another choice has its own', async () => {
  const folder = temporaryFolder();
  const first = await ChoiceJournal.open(params(folder));
  await first.add('screen', 1);
  await first.close();
  const [name] = readdirSync(folder).filter((each) => each.endsWith('.json'));
  const file = path.join(folder, name!);
  const whole = readFileSync(file, 'utf8');
  for (const text of ['', whole.slice(0, -3), whole.replace('screen', 'scream'), 'null\nnull']) {
    writeFileSync(file, text);
    const journal = await ChoiceJournal.open(params(folder));
    assert.ok(journal.isEmpty, text);
    await journal.close();
  }
  const other = await ChoiceJournal.open({ ...params(folder), id: 'other' });
  assert.ok(other.isEmpty);
  await other.close();
});

test('journal: one process has it at a time', async () => {
  const folder = temporaryFolder();
  const held = await ChoiceJournal.open(params(folder));
  await assert.rejects(ChoiceJournal.open(params(folder)), {
    code: 'TRAINING',
    message: /\.json\.lock: Another process is running this choice \(process \d+ on .+\)\. Wait for it, then run the command again/,
  });
  await held.close();
  await (await ChoiceJournal.open(params(folder))).close();
});
