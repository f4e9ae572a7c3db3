import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../src/home.ts';

/** What a module may import besides itself, `SHARED` and `files`, which is for all. Data flows one way. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  files: [],
  numeric: [],
  statistics: [],
  registry: [],
  tensors: ['numeric'],
  sources: ['registry'],
  tags: ['statistics'],
  datasets: ['registry', 'numeric', 'tags'],
  devices: [],
  graph: ['tensors', 'devices'],
  threads: ['graph'],
  encoders: ['tensors', 'devices', 'graph'],
  opening: ['devices', 'registry', 'sources', 'encoders'],
  embed: ['numeric', 'tensors', 'devices', 'graph', 'encoders', 'threads'],
  knn: ['numeric', 'graph', 'datasets', 'statistics', 'threads'],
  estimators: ['numeric', 'graph', 'knn', 'statistics', 'threads'],
  choosing: ['numeric', 'statistics', 'tags'],
  maps: ['numeric', 'threads'],
  training: ['numeric', 'tensors', 'devices', 'graph', 'encoders', 'datasets', 'embed', 'knn', 'statistics', 'tags', 'threads'],
  classifiers: ['numeric', 'tensors', 'graph', 'encoders', 'datasets', 'embed', 'knn', 'statistics', 'tags', 'training'],
  results: ['statistics', 'tags'],
  experiment: [
    'choosing',
    'numeric',
    'tensors',
    'devices',
    'graph',
    'registry',
    'sources',
    'datasets',
    'encoders',
    'opening',
    'embed',
    'statistics',
    'knn',
    'estimators',
    'maps',
    'training',
    'classifiers',
    'tags',
    'results',
  ],
  report: ['choosing', 'registry', 'results', 'statistics', 'tags', 'datasets', 'estimators'],
  api: [
    'classifiers',
    'devices',
    'numeric',
    'registry',
    'sources',
    'datasets',
    'encoders',
    'opening',
    'embed',
    'statistics',
    'knn',
    'results',
    'experiment',
    'report',
  ],
};

/** Files outside the modules that every module may import, and that import no module. */
const SHARED: readonly string[] = ['errors.ts', 'home.ts', 'group-by.ts', 'first-failure.ts', 'own.ts', 'printable.ts', 'progress.ts'];

/** Where a package, or a module of Node that acts outside the process, may be imported: modules, `home.ts` and the command line. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  '@bufbuild/protobuf': ['graph', 'encoders', 'embed', 'estimators', 'knn', 'training'],
  '@bufbuild/protoc-gen-es': ['graph'],
  '@expo-google-fonts/inter': ['report'],
  '@huggingface/hub': ['sources'],
  '@huggingface/tokenizers': ['encoders'],
  '@resvg/resvg-js': ['report'],
  assemblyscript: ['training'],
  bullmq: ['experiment'],
  'cli-progress': ['report'],
  'cli-table3': ['report'],
  'csv-parse': ['datasets', 'results'],
  'csv-stringify': ['results', 'classifiers', 'bench'],
  'env-paths': ['home.ts'],
  hyparquet: ['datasets'],
  'hyparquet-compressors': ['datasets'],
  ioredis: ['experiment'],
  'onnxruntime-node': ['graph', 'training', 'home.ts'],
  'p-limit': ['estimators', 'experiment'],
  pacote: ['sources'],
  protobufjs: ['graph'],
  'pure-rand': ['numeric', 'encoders'],
  ssri: ['sources'],
  tar: ['sources', 'datasets'],
  'umap-js': ['maps'],
  undici: ['sources'],
  vega: ['report'],
  'vega-interpreter': ['report'],
  'vega-lite': ['report'],
  yaml: ['datasets', 'classifiers'],
  yargs: ['bench'],
  zod: ['registry', 'results', 'training', 'classifiers', 'experiment', 'report', 'api', 'bench'],
  'node:child_process': ['devices', 'results', 'experiment'],
  'node:http': ['sources'],
  'node:worker_threads': ['threads', 'graph'],
};

/** Kinds of sources: each has its folder, and knows none of the others. */
const SOURCE_KINDS: readonly string[] = ['hub', 'npm', 'https', 'local'];

const root = path.join(packageRoot(), 'src');

/** What a file imports, loads or has types of, in any syntax. */
function specifiersOf(file: string): string[] {
  const source = readFileSync(file, 'utf8');
  const found = source.matchAll(/(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\()\s*(['"`])([^'"`\n]+)\1/g);
  return [...found].map(([, , from]) => from!);
}

/** The project's files among them. */
function importsOf(file: string): string[] {
  return specifiersOf(file)
    .filter((from) => from.startsWith('.'))
    .map((from) => path.resolve(path.dirname(file), from));
}

/** TypeScript below a folder, as full paths. */
function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.join(folder, name));
}

/** The module of a file; for one outside the modules its name. */
function roomOf(file: string): string {
  return path.relative(root, file).split(path.sep)[0]!;
}

for (const [room, allowed] of Object.entries(ROOMS)) {
  test(`house: ${room} imports ${allowed.length === 0 ? 'no other room' : `the rooms ${allowed.join(', ')}`}, and no more`, () => {
    const used = new Set<string>();
    for (const file of sourcesIn(path.join(root, room))) {
      for (const imported of importsOf(file)) {
        const target = path.relative(root, imported);
        assert.ok(!target.startsWith('..'), `${path.relative(root, file)} imports ${target}: no room sees bench or tests`);
        const other = roomOf(imported);
        used.add(other);
        assert.ok(
          [room, 'files', ...allowed, ...SHARED].includes(SHARED.includes(other) ? target : other),
          `${path.relative(root, file)} imports ${target}`,
        );
      }
    }
    assert.deepEqual(
      allowed.filter((other) => !used.has(other)),
      [],
      'rooms that it may import, and does not',
    );
  });
}

test('house: rooms do not import each other in a circle', () => assert.equal(circleIn(new Map(Object.entries(ROOMS))), undefined));

test('house: what all rooms may import imports no room', () => {
  for (const name of SHARED) {
    for (const imported of importsOf(path.join(root, name))) {
      assert.ok(SHARED.includes(path.relative(root, imported)), `${name} imports ${path.relative(root, imported)}`);
    }
  }
});

test('house: packages, threads, processes and the network are used where the picture says', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(path.join(packageRoot(), 'package.json'), 'utf8')) as Record<
    'dependencies' | 'devDependencies',
    Record<string, string>
  >;
  const known = [...Object.keys(dependencies), ...Object.keys(devDependencies), ...Object.keys(PACKAGES)];
  const bench = path.join(packageRoot(), 'bench');
  for (const file of [...sourcesIn(root), ...sourcesIn(bench)]) {
    const where = file.startsWith(bench) ? 'bench' : roomOf(file);
    for (const from of specifiersOf(file)) {
      const name = known.find((each) => from === each || from.startsWith(`${each}/`));
      if (name !== undefined) assert.ok(PACKAGES[name]?.includes(where), `${path.relative(packageRoot(), file)} imports ${name}`);
    }
  }
});

test('house: experiments and the API have no terminal and no arguments, and end no process', () => {
  for (const file of ['experiment', 'api'].flatMap((room) => sourcesIn(path.join(root, room)))) {
    // What `npm run schemas` runs is a program, and so is the process that a worker starts for its jobs.
    if (['write-schema.ts', 'job-process-main.ts'].includes(path.basename(file))) continue;
    const [found] = /\bconsole\.|\bprocess\.(?:stdout|stderr|stdin|argv|exit)\b/.exec(readFileSync(file, 'utf8')) ?? [];
    assert.equal(found, undefined, `${path.relative(root, file)} has ${found}`);
  }
});

test('house: a kind of source knows no other kind, and all are opened in one file', () => {
  const sources = path.join(root, 'sources');
  const folders = readdirSync(sources, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  assert.deepEqual(folders.map(({ name }) => name).toSorted(), SOURCE_KINDS.toSorted());
  const kindOf = (file: string): string | undefined => SOURCE_KINDS.find((kind) => file.startsWith(path.join(sources, kind, path.sep)));
  const opening = new Set<string>();
  for (const file of sourcesIn(sources)) {
    const own = kindOf(file);
    for (const imported of importsOf(file)) {
      const other = kindOf(imported);
      if (own !== undefined) assert.ok(other === undefined || other === own, `${own} imports ${path.relative(sources, imported)}`);
      else if (imported.endsWith('-source.ts') && other !== undefined) opening.add(path.basename(file));
    }
  }
  assert.deepEqual([...opening], ['open-source.ts']);
});

test('house: every room has its line in the picture', () => {
  const rooms = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  assert.deepEqual(rooms.toSorted(), Object.keys(ROOMS).toSorted());
});

/** An import cycle, its first file repeated at its end; undefined if there is none. */
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
  const files = ['src', 'bench', 'test', 'perf'].flatMap((folder) => sourcesIn(path.join(packageRoot(), folder)));
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
 * Where src may say `--flag`. Everywhere else an error or a note would tell a program of a flag that it cannot pass: they name an `option`,
 * and the command line makes flags of these.
 */
const SAYS_FLAGS = {
  'devices/nvidia-memory.ts': "nvidia-smi's own",
  'embed/collect-garbage.ts': "V8's own",
  'threads/worker-end.ts': "Node's own",
  'training/optimiser/kernels/compile.ts': "the compiler's own",
  'results/source.ts': "git's own",
  'report/budget-note.ts': 'a line of the tables that `bench rank` prints',
  'report/page/theme.ts': 'names of colours in the style of the page',
  'report/output/tables.ts': 'what the columns of commands are, for docs/output.md',
  'report/output/compared-columns.ts': 'the same',
  'report/output/exit-statuses.ts': 'what commands end with, for docs/output.md',
};

/** Lines that mention a flag, except comments and commands for the user to type. */
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
  // Every exception is needed.
  assert.deepEqual([...new Set(found.map(({ name }) => name))].toSorted(), Object.keys(SAYS_FLAGS).toSorted());
});

test('house: a flag in a text is found, in a comment and in a command it is none', () => {
  const source = [
    "where: '--limit',",
    '/** --limit */',
    "x; // '--limit'",
    'hint: `See \\`bench models --pin\\`.`',
    '`or --${name}`',
    'i--;',
  ];
  assert.deepEqual(linesWithFlags(source.join('\n')), [1, 5]);
});
