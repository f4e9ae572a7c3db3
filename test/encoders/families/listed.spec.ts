import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { FAMILIES } from '../../../src/encoders/families/families.ts';
import { listedFamilies, listedFamily, withFamilyTable } from '../../../src/encoders/families/listed.ts';
import { packageRoot } from '../../../src/home.ts';

test('docs/encoders.md: the table of families is that of the registry of families', () => {
  const page = readFileSync(path.join(packageRoot(), 'docs', 'encoders.md'), 'utf8');
  assert.equal(page, withFamilyTable(page), 'run `npm run schemas`');
  for (const { types } of FAMILIES) for (const type of types) assert.ok(page.includes(`\`${type}\``), type);
});

test('families: every one has a title, types and examples of its own', () => {
  const families = listedFamilies();
  assert.equal(families.length, FAMILIES.length);
  for (const { title, types, of } of families) assert.ok(title.length > 0 && types.length > 0 && of.length > 0, title);
  const plain = FAMILIES.filter(({ means }) => means === undefined).flatMap(({ types }) => types);
  for (const all of [families.map(({ title }) => title), families.flatMap(({ of }) => of), plain]) assert.deepEqual([...new Set(all)], all);
});

test('families: who shares a model_type says which config.json it means, and asks before the one that takes the others', () => {
  for (const [at, { title, types, means }] of FAMILIES.entries()) {
    for (const type of types) {
      const others = FAMILIES.filter((other) => other.title !== title && other.types.includes(type));
      if (means === undefined)
        assert.ok(
          others.every((other) => other.means !== undefined && FAMILIES.indexOf(other) < at),
          `${title} ${type}`,
        );
    }
  }
});

test('families: what cannot be done is said, and all else can', () => {
  const types = ['b'];
  const listed = listedFamilies([
    { title: 'b', types, of: ['x'] },
    { title: 'A', types: ['a', 'c'], of: ['y', 'z'], cannot: ['train'] },
    { title: 'c', types, of: [], cannot: ['train', 'export'] },
  ]);
  assert.deepEqual(
    listed.map(({ title, opened, trained, exported }) => [title, opened, trained, exported]),
    [
      ['A', true, false, true],
      ['b', true, true, true],
      ['c', true, false, false],
    ],
  );
  assert.equal(
    withFamilyTable('before\n<!-- families -->\nold\n<!-- end -->\nafter <!-- end -->', listed),
    'before\n<!-- families -->\n' +
      '| family | `model_type` | for example | opened | trained | exported |\n|---|---|---|---|---|---|\n' +
      '| A | `a`, `c` | y, z | yes | no | yes |\n| b | `b` | x | yes | yes | yes |\n| c | `b` |  | yes | no | no |\n' +
      '<!-- end -->\nafter <!-- end -->',
  );
});

test('families: a model_type is that of the family that takes any config.json of it, else of the one that shares it', () => {
  for (const [type, title] of [
    ['electra', 'BERT, ELECTRA'],
    ['bert', 'BERT, ELECTRA'],
    ['xlm-roberta', 'RoBERTa, XLM-RoBERTa, CamemBERT'],
    ['jina_embeddings_v3', 'jina-embeddings-v3 (XLM-RoBERTa with rotary positions)'],
    ['model2vec', 'Static embeddings, model2vec'],
  ] as const) {
    assert.equal(listedFamily(type)?.title, title);
  }
  for (const none of ['no-such', '', 'BERT']) assert.equal(listedFamily(none), undefined);
});
