import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { saveFolders, type RunWords, type SaveFoldersParams } from '../../src/experiment/save-folders.ts';

interface Asked {
  readonly encoders?: readonly string[];
  readonly datasets?: readonly string[];
  readonly objectives?: SaveFoldersParams['choice']['objectives'];
  readonly seeds?: readonly number[];
  readonly prompts?: SaveFoldersParams['prompts'];
}

function named(names: readonly string[]): { readonly name: string }[] {
  return names.map((name) => ({ name }));
}

function folders({ encoders = ['bert'], datasets = ['trec6'], objectives = ['classic'], seeds = [1], prompts }: Asked): string[] {
  const folderOf = saveFolders({
    save: 'out',
    encoders: named(encoders),
    datasets: named(datasets),
    prompts,
    choice: { objectives, seeds },
  });
  return encoders.flatMap((encoder) =>
    datasets.flatMap((dataset) =>
      objectives.flatMap((objective) =>
        (prompts ?? [undefined]).flatMap((prompt) =>
          seeds.map((seed) => path.relative('out', folderOf({ encoder, dataset, objective, seed, prompt } satisfies RunWords)!)),
        ),
      ),
    ),
  );
}

test('folders of saved trainings: one alone is the folder itself, seeds alone are seed-N', () => {
  assert.deepEqual(folders({}), ['']);
  assert.deepEqual(folders({ seeds: [1, 2] }), ['seed-1', 'seed-2']);
  assert.equal(
    saveFolders({ save: undefined, encoders: [], datasets: [], choice: { objectives: [], seeds: [] } })({} as RunWords),
    undefined,
  );
});

test('folders of saved trainings: several encoders, datasets, objectives, prompts', () => {
  assert.deepEqual(folders({ encoders: ['bert', 'bert@2'] }), ['bert-trec6-classic-seed-1', 'bert@2-trec6-classic-seed-1']);
  assert.deepEqual(folders({ objectives: ['classic', 'cea'], seeds: [1, 2] }), [
    'bert-trec6-classic-seed-1',
    'bert-trec6-classic-seed-2',
    'bert-trec6-cea-seed-1',
    'bert-trec6-cea-seed-2',
  ]);
  assert.deepEqual(folders({ prompts: [{ kind: 'none' }, { kind: 'name', name: 'query' }] }), [
    'bert-trec6-classic-none-seed-1',
    'bert-trec6-classic-query-seed-1',
  ]);
});

test('folders of saved trainings: names that are valid and distinct on any file system', () => {
  const hostile = [
    '../up',
    'a/b',
    'a-b',
    '.hidden',
    '--flag',
    'NUL:\u0000',
    'Straße',
    'x'.repeat(400),
    'x'.repeat(401),
    'A-B',
    'emoji 😂',
    'ü',
    'u\u0308',
  ];
  const found = folders({ encoders: hostile });
  assert.equal(new Set(found.map((name) => name.normalize('NFKC').toLowerCase())).size, hostile.length, found.join('\n'));
  for (const name of found) {
    assert.ok(Buffer.byteLength(name) <= 200 && !/[\p{Cc}/\\:]/u.test(name) && !/^[.-]/.test(name), name);
  }
  const apart = folders({ encoders: ['a', 'a-b'], datasets: ['b-c', 'c'] });
  assert.equal(new Set(apart).size, 4, apart.join('\n'));
});
