import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../src/home.ts';

/** What a room may import besides itself, errors.ts, home.ts, group-by.ts, first-failure.ts, own.ts, progress.ts and `files`, which is for all. Data flows one way. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  files: [],
  numeric: [],
  registry: [],
  sources: ['registry'],
  datasets: ['registry', 'numeric'],
  graph: [],
  threads: ['graph'],
  encoders: ['graph'],
  opening: ['registry', 'sources', 'encoders'],
  embed: ['numeric', 'graph', 'encoders', 'threads'],
  statistics: [],
  knn: ['numeric', 'graph', 'datasets', 'statistics', 'threads'],
  estimators: ['numeric', 'graph', 'knn', 'statistics', 'threads'],
  maps: ['numeric', 'threads'],
  training: ['numeric', 'graph', 'encoders', 'datasets', 'embed', 'knn', 'statistics', 'threads'],
  results: ['statistics'],
  experiment: [
    'numeric',
    'registry',
    'sources',
    'datasets',
    'encoders',
    'opening',
    'embed',
    'statistics',
    'knn',
    'estimators',
    'training',
    'results',
  ],
  report: ['results', 'registry', 'statistics', 'datasets', 'estimators'],
  api: ['numeric', 'registry', 'sources', 'datasets', 'encoders', 'opening', 'embed', 'statistics', 'knn', 'results'],
};

const root = path.join(packageRoot(), 'src');

/** The project's files that a file imports, loads or has types of, in whichever way that is written. */
function importsOf(file: string): string[] {
  const source = readFileSync(file, 'utf8');
  const found = source.matchAll(/(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\()\s*(['"`])(\.[^'"`]+)\1/g);
  return [...found].map(([, , from]) => path.resolve(path.dirname(file), from!));
}

for (const [room, allowed] of Object.entries(ROOMS)) {
  test(`house: ${room} imports ${allowed.length === 0 ? 'no other room' : `no other room than ${allowed.join(', ')}`}`, () => {
    for (const file of readdirSync(path.join(root, room), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))) {
      for (const imported of importsOf(path.join(root, room, file))) {
        const target = path.relative(root, imported);
        const other = target.split(path.sep)[0]!;
        assert.ok(!target.startsWith('..'), `${room}/${file} imports ${target}: no room sees bench or tests`);
        assert.ok(
          other === room
            || allowed.includes(other)
            || other === 'files'
            || ['errors.ts', 'home.ts', 'group-by.ts', 'first-failure.ts', 'own.ts', 'progress.ts'].includes(target),
          `${room}/${file} imports ${target}`,
        );
      }
    }
  });
}

test('house: every room has its line in the picture', () => {
  const rooms = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  assert.deepEqual(rooms.toSorted(), Object.keys(ROOMS).toSorted());
});

/** Circles of files that types close and that are yet to be opened. None may come, nor a file to one of these. */
const CIRCLES: readonly (readonly string[])[] = [
  ['src/datasets/cells.ts', 'src/datasets/faults.ts', 'src/datasets/hub/label-names.ts', 'src/datasets/reader.ts', 'src/datasets/table.ts'],
  ['src/report/budget-note.ts', 'src/report/rank-lines.ts'],
  ['src/sources/npm-length.ts', 'src/sources/npm.ts'],
  ['src/report/page/curves.ts', 'src/report/page/layer-curves.ts'],
  ['bench/frozen-maps.ts', 'bench/map.ts', 'bench/trained-maps.ts'],
];

test('house: no files import each other in a circle, of types neither', () => {
  const files = ['src', 'bench'].flatMap((part) => {
    const folder = path.join(packageRoot(), part);
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => path.join(folder, name));
  });
  const reached = new Map(files.map((file) => [file, reachedFrom(file)]));
  const circles = files
    .map((file) => files.filter((other) => reached.get(file)!.has(other) && reached.get(other)!.has(file)))
    .filter(({ length }) => length > 0);
  const named = circles.map((circle) => circle.map((file) => path.relative(packageRoot(), file).replaceAll(path.sep, '/')).toSorted());
  const fresh = named.filter((circle) => !CIRCLES.some((known) => circle.every((file) => known.includes(file))));
  assert.deepEqual([...new Set(fresh.map((circle) => circle.join(', ')))], []);
});

/** All files that a file imports, and those that they import. */
function reachedFrom(file: string): Set<string> {
  const found = new Set<string>();
  const open = [file];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const imported of imports(next)) {
      if (found.has(imported)) continue;
      found.add(imported);
      open.push(imported);
    }
  }
  return found;
}

const read = new Map<string, string[]>();

function imports(file: string): string[] {
  const before = read.get(file);
  if (before !== undefined) return before;
  const found = importsOf(file).filter((imported) => imported.endsWith('.ts'));
  read.set(file, found);
  return found;
}
