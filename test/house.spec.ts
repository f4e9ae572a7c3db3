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

/**
 * Where src may say `--flag`. Everywhere else an error or a note would tell a program of a flag that it cannot give: they name an
 * `option`, and the command line makes flags of these.
 */
const SAYS_FLAGS = {
  'embed/collect-garbage.ts': "V8's own",
  'threads/thread.ts': "Node's own",
  'training/optimiser/kernels/compile.ts': "the compiler's own",
  'results/source.ts': "git's own",
  'report/budget-note.ts': 'a line of the tables that `bench rank` prints',
  'report/page/theme.ts': 'names of colours in the style of the page',
  'report/output/tables.ts': 'what the columns of commands are, for docs/output.md',
  'report/output/compared-columns.ts': 'the same',
  'report/output/exit-statuses.ts': 'what commands end with, for docs/output.md',
};

/** Lines that say a flag, comments aside, and commands that a person is told to type. */
function linesWithFlags(source: string): number[] {
  return source.split('\n').flatMap((line, at) => {
    if (/^\s*(\/\/|\/\*|\*)/.test(line)) return [];
    const said = line.replace(/\s\/\/ .*$/, '').replace(/\\?`(bench|npm) [^`]*`/g, '');
    return /(^|[\s"'`(])--([a-z]|\$\{)/.test(said) ? [at + 1] : [];
  });
}

test('house: no text of src names a flag of the command line', () => {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll(path.sep, '/'));
  const found = files
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => linesWithFlags(readFileSync(path.join(root, name), 'utf8')).map((line) => ({ name, line })));
  assert.deepEqual(
    found.filter(({ name }) => !Object.hasOwn(SAYS_FLAGS, name)).map(({ name, line }) => `${name}:${line}`),
    [],
  );
  // No file is excepted for nothing.
  assert.deepEqual([...new Set(found.map(({ name }) => name))].toSorted(), Object.keys(SAYS_FLAGS).toSorted());
});

test('house: a flag in a text is found, in a comment and in a command it is none', () => {
  const source = [
    "where: '--limit',",
    '/** --limit */',
    "x; // '--limit'",
    'mend: `See \\`bench models --pin\\`.`',
    '`or --${name}`',
    'i--;',
  ];
  assert.deepEqual(linesWithFlags(source.join('\n')), [1, 5]);
});
