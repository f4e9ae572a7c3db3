import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asFlags, flagged, flaggedReasons, hasMarks, knowFields, knowFlags } from '../../bench/flags/flag-names.ts';
import { noted } from '../../bench/terminal/noted.ts';
import { option } from '../../src/errors.ts';

const KNOWN = new Set(['label-column', 'limit', 'k', 'hnsw-ef-construction']);

for (const [text, flags] of [
  [`${option('labelColumn')}: There is none.`, '--label-column: There is none.'],
  [`Give ${option('limit')} 100, or ${option('k')} 1.`, 'Give --limit 100, or --k 1.'],
  [option('hnswEfConstruction'), '--hnsw-ef-construction'],
  ['a.csv: Column `other` is none.', 'a.csv: Column `other` is none.'],
  ['`bench models --pin`, `limit 5`, `Limit`, `label-column`, `limit', '`bench models --pin`, `limit 5`, `Limit`, `label-column`, `limit'],
  ['', ''],
] as const) {
  test(`flag names: ${JSON.stringify(text)} is ${JSON.stringify(flags)}`, () => assert.equal(asFlags(text, KNOWN), flags));
}

test('flag names: what encoders and datasets take is known in every command, the rest where the command has it', () => {
  assert.equal(flagged('`deduplicate`, `mirror`, `firstLayers`, `trustRun`'), '--deduplicate, --mirror, --first-layers, `trustRun`');
  assert.ok(hasMarks(flagged('`trustRun`')) && !hasMarks(flagged('`mirror`')));
  knowFlags({ 'trust-run': {} });
  assert.equal(flagged('`trustRun`'), '--trust-run');
});

test('flag names: what a request file has is named as in the file', () => {
  knowFields(['device', 'k']);
  assert.equal(flagged('`device`: Use `device` cpu, or `mirror`.'), '"device": Use "device" cpu, or --mirror.');
  knowFlags({});
  assert.equal(flagged('`device`'), '"device"');
  knowFields([]);
  assert.equal(flagged('`device`'), '--device');
});

test('flag names: warnings are said with flags, and each is kept once', () => {
  const said: string[] = [];
  const kept = noted((line) => said.push(line));
  for (const line of ['x: `dtype` decides.', 'x: --dtype decides.']) kept.warn(line);
  assert.deepEqual(kept.notes, ['x: --dtype decides.']);
  assert.equal(said[0], 'x: --dtype decides.');
});

test('flag names: reasons of failures name flags, and nothing else of them is touched', () => {
  const [found] = flaggedReasons([{ encoder: '`model`', reason: 'Omit `dtype`.' }]);
  assert.deepEqual(found, { encoder: '`model`', reason: 'Omit --dtype.' });
});
