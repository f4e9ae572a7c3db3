import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataChecks } from '../../../bench/terminal/data-check.ts';
import { classificationDataset } from '../../../src/datasets/build.ts';
import { checkData } from '../../../src/datasets/check.ts';
import type { DatasetRef } from '../../../src/experiment/refs.ts';
import { SILENT } from '../../../src/progress.ts';

/** Four texts, of which one is repeated. */
function check(key: string) {
  const examples = ['one', 'two', 'two', 'three'].map((text, i) => ({ text, labels: ['ab'[i % 2]!], split: 'train' as const }));
  return checkData(classificationDataset({ key, labelField: 'label', labels: 'first', sample: '', examples }), {
    k: 1,
    amongAll: true,
    byTrain: false,
  });
}

function said(kinds: readonly DatasetRef['kind'][]) {
  const lines = { log: [] as string[], warn: [] as string[], note: [] as string[] };
  const datasets = kinds.map((kind, i) => ({ kind, name: `d${i}` }) as DatasetRef);
  const checks = dataChecks({
    datasets,
    progress: { ...SILENT, log: (line) => void lines.log.push(line) },
    warn: (line) => void lines.warn.push(line),
    note: (line) => void lines.note.push(line),
  });
  for (const { name } of datasets) checks.add({ check: check(name), truncation: [] });
  checks.end();
  return lines;
}

test('data check: of several datasets of the registry their number, and how many findings; the findings are kept', () => {
  const { log, warn, note } = said(['entry', 'entry']);
  assert.deepEqual(warn, []);
  assert.ok(note.length >= 2 && note.length % 2 === 0, note.join('\n'));
  assert.deepEqual(log, [
    `Data check: 2 datasets of the registry, 8 texts, ${note.length} findings; \`bench datasets check d0\` shows those of one.`,
  ]);
});

test('data check: a single dataset, and files among several, are described', () => {
  const one = said(['entry']);
  assert.match(one.log[0]!, /^d0: 4 texts, 2 classes/);
  assert.ok(one.warn.length > 0);
  const { log, warn, note } = said(['file', 'entry']);
  assert.match(log[0]!, /^d0: 4 texts, 2 classes/);
  assert.match(log.at(-1)!, /^Data check: 1 datasets? of the registry, 4 texts, /);
  assert.ok(warn.every((line) => line.startsWith('d0: ')) && note.every((line) => line.startsWith('d1: ')));
});
