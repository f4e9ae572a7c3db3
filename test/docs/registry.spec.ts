import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readerNamed } from '../../src/datasets/readers.ts';
import { loadDatasets } from '../../src/registry/datasets.ts';
import { loadModels } from '../../src/registry/models.ts';
import { datasetEntry, modelEntry, suiteEntry } from '../../src/registry/schema.ts';
import { loadSuites } from '../../src/registry/suites.ts';
import { temporaryFolder } from '../temporary.ts';
import { PAGES } from './pages.ts';

/** docs/registry.md: the fields of an entry, and the exact error of each invalid field. */

const page = PAGES.find(({ file }) => file === 'docs/registry.md')!.lines.join('\n');
const folder = temporaryFolder();

interface Kind {
  readonly under: string;
  readonly base: Readonly<Record<string, unknown>>;
  readonly fields: readonly string[];
  readonly load: (file: string) => unknown;
}

const KINDS: Readonly<Record<string, Kind>> = {
  datasets: {
    under: 'datasets',
    base: { reader: 'csv', files: [{ split: 'train', name: 'train.csv', from: ['file:train.csv'] }] },
    fields: Object.keys(datasetEntry.shape),
    load: (file) => [...loadDatasets(file).values()].map(({ reader, key }) => readerNamed(reader, key)),
  },
  models: {
    under: 'models',
    base: { variants: [{ dtype: 'fp32', from: 'hf:org/name@main' }] },
    fields: Object.keys(modelEntry.shape),
    load: loadModels,
  },
  suites: {
    under: 'suites',
    base: { title: 'Mine', encoders: ['a'], datasets: ['b'] },
    fields: Object.keys(suiteEntry.shape),
    load: loadSuites,
  },
};

/** The error for an entry `mine` with these fields. */
function complaint({ under, base, load }: Kind, fragment: string): string {
  const file = path.join(folder, `${under}.json`);
  writeFileSync(file, JSON.stringify({ [under]: { mine: { ...base, ...(JSON.parse(`{${fragment}}`) as object) } } }));
  try {
    load(file);
  } catch (error) {
    return (error as Error).message.replace(`${file}: `, '');
  }
  return 'no error';
}

for (const [name, kind] of Object.entries(KINDS)) {
  const [, table = ''] = new RegExp(`<!-- wrong ${name} -->\n([^]*?)<!-- end -->`).exec(page) ?? [];
  const rows = table.trim().split('\n').slice(2);

  test(`docs/registry.md: errors of ${name} are those that are given`, () => {
    const fragments = rows.map((row) => /^\| `(.+?)` \| /.exec(row)![1]!);
    assert.deepEqual(
      rows,
      fragments.map((fragment) => `| \`${fragment}\` | \`${complaint(kind, fragment)}\` |`),
    );
  });

  test(`docs/registry.md: every field of ${name} is there, and can be wrong`, () => {
    assert.deepEqual(
      kind.fields.filter((field) => !page.includes(`| \`${field}\``) && !page.includes(`, \`${field}\``)),
      [],
      'in a table',
    );
    assert.deepEqual(
      kind.fields.filter((field) => !rows.some((row) => row.startsWith(`| \`"${field}":`))),
      [],
      'with an error',
    );
  });
}

test('docs/registry.md: its examples of whole files are registries', () => {
  const blocks = [...page.matchAll(/```json\n(\{[^`]*)```/g)].map(([, json]) => json!);
  const kinds = blocks.map((json) => Object.keys(JSON.parse(json) as object)[0]!);
  assert.deepEqual(kinds.toSorted(), ['datasets', 'models']);
  for (const [at, kind] of kinds.entries()) {
    const file = path.join(folder, `example-${kind}.json`);
    writeFileSync(file, blocks[at]!);
    assert.equal((kind === 'models' ? loadModels(file) : loadDatasets(file)).size, 1, kind);
  }
});
