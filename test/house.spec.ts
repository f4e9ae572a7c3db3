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
  tensors: ['numeric'],
  datasets: ['registry', 'numeric'],
  graph: ['tensors'],
  threads: ['graph'],
  encoders: ['tensors', 'graph'],
  opening: ['registry', 'sources', 'encoders'],
  embed: ['numeric', 'tensors', 'graph', 'encoders', 'threads'],
  statistics: [],
  knn: ['numeric', 'graph', 'datasets', 'statistics', 'threads'],
  estimators: ['numeric', 'graph', 'knn', 'statistics', 'threads'],
  maps: ['numeric', 'threads'],
  training: ['numeric', 'tensors', 'graph', 'encoders', 'datasets', 'embed', 'knn', 'statistics', 'threads'],
  results: ['statistics'],
  experiment: [
    'numeric',
    'tensors',
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

/** A circle of imports, its first file at its end again; undefined where there is none. */
function circleIn(imports: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const clear = new Set<string>();
  const walk = (file: string, way: readonly string[]): readonly string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (clear.has(file)) return undefined;
    for (const next of imports.get(file) ?? []) {
      const circle = walk(next, [...way, file]);
      if (circle !== undefined) return circle;
    }
    clear.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const circle = walk(file, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

test('house: no files import each other in a circle, of types neither', () => {
  const files = ['src', 'bench'].flatMap((part) => {
    const folder = path.join(packageRoot(), part);
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => path.join(folder, name));
  });
  const imports = new Map(files.map((file) => [file, importsOf(file).filter((imported) => imported.endsWith('.ts'))]));
  assert.deepEqual(
    circleIn(imports)?.map((file) => path.relative(packageRoot(), file)),
    undefined,
  );
});

test('house: a circle of imports is found, a way that forks and meets again is none', () => {
  assert.deepEqual(
    circleIn(
      new Map([
        ['a', ['b', 'c']],
        ['b', ['d']],
        ['c', ['d']],
        ['d', []],
      ]),
    ),
    undefined,
  );
  assert.deepEqual(
    circleIn(
      new Map([
        ['a', ['b']],
        ['b', ['c', 'd']],
        ['c', []],
        ['d', ['b']],
      ]),
    ),
    ['b', 'd', 'b'],
  );
  assert.deepEqual(circleIn(new Map([['a', ['a']]])), ['a', 'a']);
});
