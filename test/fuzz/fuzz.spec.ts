import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { HarnessError } from '../../src/errors.ts';
import { temporaryFolder } from '../temporary.ts';
import { anything } from './changes.ts';
import { Inputs } from './inputs.ts';
import { plan } from './plan.ts';
import { seedsOf, type FuzzReader } from './reader.ts';
import { READERS } from './readers.ts';
import { judge, type Verdict } from './verdict.ts';

/** The short form of `npm run fuzz`: other inputs than its own, of every reader. */
const SEED = 1000;
const INPUTS = 2000;

for (const [name, count] of plan(READERS, INPUTS)) {
  test(`fuzz: ${name}: changed files are read or refused in one line, soon, in little memory`, { timeout: 60_000 }, async () => {
    const reader = READERS[name]!;
    const folder = mkdtempSync(path.join(tmpdir(), 'embedding-bench-fuzz-'));
    try {
      const inputs = await Inputs.open(reader, folder);
      for (let at = 0; at < inputs.seeds; at++) await reader.read(inputs.unchanged(at));
      for (let number = 0; number < count; number++) {
        const { finding } = await judge(reader, inputs.changed(SEED, number));
        assert.equal(finding, undefined, `npm run fuzz -- ${name} --seed ${SEED} --from ${number} --count 1`);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

const folder = temporaryFolder();

function judged(read: FuzzReader['read']): Promise<Verdict> {
  const [seed] = seedsOf('f', ['abc']);
  return judge(
    { seeds: () => [seed!], changes: anything, read },
    { folder, file: path.join(folder, 'f'), seed: seed!, bytes: Buffer.from('abc') },
  );
}

test('fuzz: what should not be is found', async () => {
  assert.match(
    (
      await judged(() => {
        throw new TypeError('no');
      })
    ).finding!,
    /^throws TypeError: no\n/,
  );
  assert.match(
    (
      await judged(() => {
        throw new HarnessError('INTERNAL', { what: 'no' });
      })
    ).finding!,
    /^refuses with INTERNAL/,
  );
  const held: Uint8Array[] = [];
  // Far above the bound: garbage of earlier inputs may be collected meanwhile, which counts against it.
  assert.match((await judged(() => held.push(new Uint8Array(250_000_000)))).finding!, /^takes \d+\.\d MB for 3 bytes$/);
  assert.equal(held.length, 4);
  assert.equal(
    (
      await judged(() => {
        throw new HarnessError('FORMAT', { what: 'no' });
      })
    ).finding,
    undefined,
  );
});

test('fuzz: an input is the same whichever came before', async () => {
  const inputs = await Inputs.open(READERS['trec']!, path.join(folder, 'same'));
  const once = inputs.changed(7, 5).bytes;
  inputs.changed(7, 4);
  assert.deepEqual(inputs.changed(7, 5).bytes, once);
  assert.notDeepEqual(inputs.changed(8, 5).bytes, once);
});

test('fuzz: a message that quotes a file is one bounded line that steers no terminal', () => {
  const { message } = new HarnessError('FORMAT', {
    where: 'f\n1',
    what: `It is "\u001b[2J\u202e${' '.repeat(1e6)}\n".`,
    hint: 'Mend\r\n  it.',
  });
  assert.equal(message, `f 1: It is "\\u{1b}[2J\\u{202e}${' '.repeat(1000 - 'It is "\\u{1b}[2J\\u{202e}'.length)}… Mend it.`);
});
