import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { RunFolder } from '../../src/training/run-folder.ts';
import { temporaryFolder } from '../temporary.ts';

const folder = temporaryFolder();
const settings = { objective: 'cea', seed: 1 };
const state = { version: 2, settings, epochs: [{ epoch: 0, step: 0 }], best: 0, batches: 0, memories: {}, memoryShapes: {}, frozen: [] };
const HINT = 'Delete its folder, or give `overwrite`, to start over.';

function run(text: string): RunFolder {
  writeFileSync(path.join(folder, 'state.json'), text);
  return new RunFolder(folder);
}

test('run folder: a state is read as it was written', async () => {
  assert.deepEqual(await run(JSON.stringify(state)).read(settings), state);
  assert.deepEqual(await run(JSON.stringify(state)).peek(), state);
});

for (const [what, changed, fault] of [
  ['no epoch', { ...state, epochs: [] }, 'epochs'],
  ['an epoch without a number', { ...state, epochs: [{ step: 1 }] }, 'epochs.0.epoch'],
  ['no settings', { ...state, settings: null }, 'settings'],
  ['memories that are none', { ...state, memories: { rows: 'x' } }, 'memories.rows'],
] as const) {
  test(`run folder: a state with ${what} is refused`, async () => {
    const file = path.join(folder, 'state.json');
    await assert.rejects(run(JSON.stringify(changed)).read(settings), {
      code: 'FORMAT',
      message: `${file}: It is damaged (${fault}). ${HINT}`,
    });
    assert.equal(await run(JSON.stringify(changed)).peek(), undefined);
  });
}

test('run folder: settings nested too deep to be said are other settings', async () => {
  const deep = JSON.stringify({ ...state, settings: { objective: 'X', seed: 1 } }).replace(
    '"X"',
    `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
  );
  await assert.rejects(run(deep).read(settings), {
    code: 'OUTPUT',
    message: `${folder}: It belongs to a run with other settings (objective a list, now "cea"). Give another folder, or \`overwrite\` to start over.`,
  });
});

test('run folder: null is a state of another version', () =>
  assert.rejects(run('null').read(settings), { code: 'FORMAT', message: /It was written by another version\./ }));

test('run folder: what a killed run left of a state goes when the next writes it', async () => {
  const own = path.join(folder, 'left');
  const one = new RunFolder(own);
  await one.make();
  writeFileSync(path.join(own, 'state.json.0a1b2c3d.part'), '{"version":2,"set');
  await one.write({ ...state, scores: undefined });
  assert.deepEqual(readdirSync(own), ['state.json']);
});
