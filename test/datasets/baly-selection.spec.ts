import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { archiveFiles } from '../../src/datasets/archive.ts';
import { manifestOf, selectArticles, type ArticleFile } from '../../src/datasets/baly-selection.ts';
import { baly } from '../../src/datasets/readers/baly.ts';
import { shared, unlessShared } from '../shared.ts';
import { temporaryFolder } from '../temporary.ts';
import { entryOf, readFiles, rejectsWith, writeFiles } from './support.ts';

const skip = unlessShared('data/political_bias_baly');
const words = (count: number) => Array.from({ length: count }, (_, i) => `w${i}`).join(' ');

async function packed(): Promise<ArticleFile[]> {
  const members = await archiveFiles({
    path: shared('data/political_bias_baly/jsons.tar.gz'),
    name: 'jsons.tar.gz',
    maxBytes: 1 << 26,
    maxFiles: 5000,
  });
  return members.map(({ path, bytes }) => ({ name: path.replace('jsons/', ''), read: () => bytes }));
}

function article(name: string, fields: Readonly<Record<string, string>>): ArticleFile {
  return {
    name,
    read: () => Buffer.from(JSON.stringify({ bias_text: 'left', source: 'Vox', content: words(50), content_original: name, ...fields })),
  };
}

test('selection: of each publisher the first articles by id with 50 tokens or more', () => {
  const files = [
    article('b.json', {}),
    article('a.json', { content: words(49) }),
    article('C.json', {}),
    article('d.json', { source: 'Another Paper' }),
    article('e.json', { bias_text: 'right' }),
    article('f.json', { source: 'Salon', content: ` ${words(49)}\n\tlast ` }),
  ];
  assert.deepEqual(
    selectArticles(files).map(({ id, publisher }) => [id, publisher]),
    [
      ['C', 'Vox'],
      ['b', 'Vox'],
      ['f', 'Salon'],
    ],
  );
});

test("selection: no more than a publisher's number, the lowest ids first", () => {
  const files = Array.from({ length: 102 }, (_, i) => article(`${String(1000 - i)}.json`, { source: 'CNBC', bias_text: 'center' }));
  const ids = selectArticles(files).map(({ id }) => id);
  assert.deepEqual([ids.length, ids[0], ids.at(-1)], [100, '1000', '997']);
});

test('selection: an article without its fields is refused', () => {
  const broken: ArticleFile = { name: 'x.json', read: () => Buffer.from('{"bias_text": "left", "source": "Vox", "content": 7}') };
  assert.throws(() => selectArticles([broken]), { message: 'x.json: The article has no text "content".' });
});

test('selection: the rule over the real articles gives the published manifest', { skip }, async () => {
  const manifest = readFileSync(shared('data/political_bias_baly/manifest.tsv'), 'utf8');
  assert.equal(manifestOf(selectArticles(await packed())), manifest);
});

const read = async (path: string, labelField: string) => {
  const rows = [];
  for await (const row of baly({
    files: [{ name: 'jsons', split: 'all', path }],
    encoding: 'utf8',
    options: entryOf('political-bias-baly').options,
    labelField,
  }))
    rows.push(row);
  return rows;
};

test('baly: a folder of a clone, with articles that the rule passes over, gives the rows of the archive', { skip }, async () => {
  const folder = temporaryFolder();
  const files = await packed();
  writeFiles(folder, Object.fromEntries(files.map((file) => [`jsons/${file.name}`, file.read()])));
  const decoys = [
    article('zzzz.json', {}),
    article('0000.json', { content: 'too short' }),
    article('0001.json', { source: 'Another Paper' }),
  ];
  writeFiles(folder, Object.fromEntries(decoys.map((file) => [`jsons/${file.name}`, file.read()])));
  const rows = await read(`${folder}/jsons`, 'publisher');
  assert.equal(rows.length, 2100);
  assert.deepEqual(rows, await read(shared('data/political_bias_baly/jsons.tar.gz'), 'publisher'));
});

test('baly: other articles than the pinned ones are refused', async () => {
  const file = article('a.json', {});
  const message =
    'jsons: 1 articles chosen: These are not the articles of the dataset, or they were changed. Use the public repository at the commit given in the entry.';
  const folder = temporaryFolder();
  writeFiles(folder, { 'jsons/a.json': file.read() });
  const rows = baly({
    files: [{ name: 'jsons', split: 'all', path: `${folder}/jsons` }],
    encoding: 'utf8',
    options: entryOf('political-bias-baly').options,
    labelField: 'bias',
  });
  await rejectsWith(
    (async () => {
      for await (const row of rows) assert.fail(row.text);
    })(),
    'FORMAT',
    message,
  );
});

test('baly: an archive that is none is refused', async () => {
  const folder = temporaryFolder();
  await rejectsWith(
    readFiles({ reader: baly, folder, files: { 'jsons.tar.gz': 'not an archive' } }),
    'FORMAT',
    'jsons.tar.gz: The archive cannot be read: TAR_BAD_ARCHIVE: Unrecognized archive format. Download the published archive again.',
  );
});
