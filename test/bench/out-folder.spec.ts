import assert from 'node:assert/strict';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { DatasetRef, EncoderRef } from '../../src/experiment/refs.ts';
import { mergedFolder } from '../../bench/flags/merged-folder.ts';
import { folderName, freeName, isOwnFolder, outFolder } from '../../bench/flags/out-folder.ts';
import { temporaryFolder } from '../temporary.ts';

const root = realpathSync(temporaryFolder());
const checkout = folder('checkout');
const deep = folder('checkout', 'deep', 'er');
const elsewhere = folder('elsewhere');
const other = folder('elsewhere', 'other');
writeFileSync(path.join(checkout, 'package.json'), '{ "name": "embedding-bench" }');
writeFileSync(path.join(other, 'package.json'), '{ "name": "another" }');

function folder(...names: string[]): string {
  const made = path.join(root, ...names);
  mkdirSync(made, { recursive: true });
  return made;
}

/** Only what determines the folder's name. */
const entry = (name: string) => ({ kind: 'entry', name }) as DatasetRef & EncoderRef;
const file = (name: string) => ({ kind: 'file', name, file: `/data/${name}.csv` }) as DatasetRef;
const hub = (name: string) => ({ kind: 'hub', name }) as DatasetRef;
const model = (name: string) => ({ kind: 'folder', name }) as EncoderRef;
const bert = [entry('bert-base-uncased')];
const of = (
  flags: { readonly out?: string; readonly modelsFile?: string; readonly datasetsFile?: string },
  encoders: readonly EncoderRef[],
  datasets: readonly DatasetRef[],
  suite?: string,
) => outFolder({ out: flags.out, request: flags, encoders, datasets, suite });

test("out: what registries know goes to results, what is of one's own to a folder for its datasets", () => {
  process.chdir(checkout);
  for (const [what, found, wanted] of [
    ['nothing named', of({}, bert, [entry('trec6')], 'quick'), 'results'],
    ['other poolings', of({}, bert, [entry('trec6')], 'quick'), 'results'],
    ['registry keys', of({}, bert, [entry('trec6')]), 'results'],
    ['a registry key by --dataset', of({}, bert, [entry('trec6')]), 'results'],
    ['--out', of({ out: 'here' }, [model('a')], [entry('trec6')], 'quick'), 'here'],
    ['a file', of({}, bert, [file('mine')]), 'results/own/mine'],
    ['a dataset of the hub', of({}, bert, [hub('org/name:part')]), 'results/own/org-name-part'],
    ['several', of({}, bert, [entry('trec6'), file('mine'), file('b')]), 'results/own/trec6+mine+b'],
    ['an encoder, and the suite', of({}, [model('a')], [entry('sms-spam'), entry('cooking')], 'quick'), 'results/own/quick'],
    ['an encoder, and another suite', of({}, [model('a')], [entry('sms-spam')], 'seed'), 'results/own/seed'],
    ['an encoder, and datasets', of({}, [model('a')], [entry('trec6'), entry('snips')]), 'results/own/trec6+snips'],
    ['an encoder where there are no suites', of({}, [model('a')], [entry('sentiment-yelp')]), 'results/own/sentiment-yelp'],
    ['a registry of encoders', of({ modelsFile: 'm.json' }, [entry('a')], [entry('trec6')]), 'results/own/trec6'],
    ['a registry of datasets', of({ datasetsFile: 'd.json' }, bert, [entry('mine')]), 'results/own/mine'],
  ] as const)
    assert.equal(found, path.normalize(wanted), what);
});

test('out: from anywhere in a checkout the same folder; elsewhere one that says whose it is', () => {
  for (const [from, wanted] of [
    [checkout, 'results/own/mine'],
    [deep, '../../results/own/mine'],
    [elsewhere, 'embedding-bench-results/mine'],
    [other, 'embedding-bench-results/mine'],
  ] as const) {
    process.chdir(from);
    assert.equal(of({}, bert, [file('mine')]), path.normalize(wanted));
    assert.equal(of({}, bert, [entry('trec6')]), 'results');
  }
  process.chdir(deep);
  assert.deepEqual(['../../results/own/mine', '../../results', '../../results/own', '../../results/own/mine/maps'].map(isOwnFolder), [
    true,
    false,
    false,
    false,
  ]);
});

test('out: a name that every file system takes', () => {
  for (const [names, wanted] of [
    [['mine'], /^mine$/],
    [['my data', 'b+c'], /^my-data\+b-c$/],
    [['Größe', '数据'], /^Größe\+数据$/],
    [['..'], /^data-[0-9a-f]{8}$/],
    [[''], /^data-[0-9a-f]{8}$/],
    [['.hidden'], /^hidden-[0-9a-f]{8}$/],
    [['v1.'], /^v1-[0-9a-f]{8}$/],
    [['con'], /^con-[0-9a-f]{8}$/],
    [['AUX.data'], /^AUX\.data-[0-9a-f]{8}$/],
    [['../../etc'], /^-\.\.-etc-[0-9a-f]{8}$/],
    [['x'.repeat(300)], /^x{91}-[0-9a-f]{8}$/],
    [Array.from({ length: 40 }, (_, i) => `数据${i}`), /^数据0\+.*-[0-9a-f]{8}$/],
  ] as const) {
    const name = folderName(names);
    assert.match(name, wanted);
    assert.ok(Buffer.byteLength(name) <= 100, name);
  }
  assert.notEqual(folderName(['x'.repeat(300)]), folderName(['x'.repeat(301)]));
});

test('out: names that differ by capital letters alone are two folders everywhere, and each finds its own again', () => {
  assert.equal(freeName('mine', []), 'mine');
  assert.equal(freeName('mine', ['other', 'mine']), 'mine');
  const second = freeName('mine', ['Mine']);
  assert.match(second, /^mine-[0-9a-f]{8}$/);
  assert.equal(freeName('mine', ['Mine', second]), second);
  assert.equal(freeName('Mine', ['Mine', second]), 'Mine');
});

/** A shard's folder, with the request that its record contains. */
function partOf(request: object): string {
  writeFileSync(path.join(elsewhere, 'run.json'), JSON.stringify({ request }));
  return elsewhere;
}

function merged(request: object, datasets: readonly string[], out?: string): Promise<string> {
  const plan = { digest: '', shard: '1/2', encoders: [], datasets };
  return mergedFolder({ out, folder: partOf(request), plan, registered: new Set(['trec6', 'snips']) });
}

test('out: parts are put together where the whole run would have gone', async () => {
  process.chdir(checkout);
  for (const [request, datasets, wanted] of [
    [{ command: 'run', suite: 'seed' }, ['trec6'], 'results'],
    [{ command: 'run', datasets: ['trec6'] }, ['trec6'], 'results'],
    [{ command: 'run', datasets: ['./a.csv', './b.csv'] }, ['a', 'b'], 'results/own/a+b'],
    [{ command: 'run', encoders: ['./a'] }, ['trec6', 'snips'], 'results/own/quick'],
    [{ command: 'run', encoders: ['./a'], suite: 'seed' }, ['trec6', 'snips'], 'results/own/seed'],
    [{ command: 'run', encoders: ['./a'], datasets: ['trec6', 'snips'] }, ['trec6', 'snips'], 'results/own/trec6+snips'],
    [{ command: 'rank', encoders: ['./a'], datasets: ['trec6'] }, ['trec6'], 'results/own/trec6'],
    [{ command: 'run', datasets: ['trec6'], modelsFile: 'm.json' }, ['trec6'], 'results/own/trec6'],
  ] as const) {
    assert.equal(await merged(request, datasets), path.normalize(wanted), JSON.stringify(request));
  }
  assert.equal(await merged({ command: 'run', encoders: ['./a'] }, ['trec6'], 'here'), 'here');
  writeFileSync(path.join(elsewhere, 'run.json'), JSON.stringify({ command: ['run', '--model', './a'] }));
  const plan = { digest: '', shard: '1/2', encoders: [], datasets: ['trec6'] };
  assert.equal(
    await mergedFolder({ out: undefined, folder: elsewhere, plan, registered: new Set() }),
    'results',
    'a record without a request',
  );
});
