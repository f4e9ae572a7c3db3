import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../src/home.ts';
import { OLD_WORDS } from './old-words.ts';
import { comments, stringLiterals } from './scan-source.ts';

/** Generated code. */
const GENERATED = ['src/graph/onnx_pb.ts'];
/** The lists of old words. */
const LISTS = ['test/old-words.ts', 'test/words.spec.ts', 'test/docs/words.spec.ts'];

function sources(folder: string): string[] {
  return readdirSync(path.join(packageRoot(), folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name.replaceAll(path.sep, '/')}`);
}

test('words: string literals of src and bench have no old words', () => {
  const files = [...sources('src'), ...sources('bench')].filter((file) => !GENERATED.includes(file));
  const found = files.flatMap((file) =>
    stringLiterals(readFileSync(path.join(packageRoot(), file), 'utf8')).flatMap(({ line, text }) =>
      // A key or a path is one word, a sentence has several.
      OLD_WORDS.filter(({ old }) => /\s/.test(text) && old.test(text)).map(
        ({ old, instead }) => `${file}:${line}: ${old.exec(text)![0]} (write: ${instead}): ${text}`,
      ),
    ),
  );
  assert.deepEqual(found, []);
});

test('words: comments of src, bench, perf and test have no old words', () => {
  const files = ['src', 'bench', 'perf', 'test'].flatMap(sources).filter((file) => ![...GENERATED, ...LISTS].includes(file));
  const found = files.flatMap((file) =>
    comments(readFileSync(path.join(packageRoot(), file), 'utf8')).flatMap(({ line, text }) => {
      // Identifiers and quotations are not prose.
      const prose = text.replaceAll(/`[^`]*`|"[^"]*"/g, '``');
      return OLD_WORDS.filter(({ old }) => old.test(prose)).map(
        ({ old, instead }) => `${file}:${line}: ${old.exec(prose)![0]} (write: ${instead}): ${text}`,
      );
    }),
  );
  assert.deepEqual(found, []);
});

test('words: names of specs have no old words', () => {
  const files = sources('test').filter((file) => file.endsWith('.spec.ts') && !LISTS.includes(file));
  const found = files.flatMap((file) => {
    const source = readFileSync(path.join(packageRoot(), file), 'utf8');
    return [...source.matchAll(/\btest\(\s*(['`])((?:\\.|(?!\1)[^])*)\1/g)].flatMap(([, , name = '']) =>
      OLD_WORDS.filter(({ old }) => old.test(name)).map(({ instead }) => `${file}: ${name} (write: ${instead})`),
    );
  });
  assert.deepEqual(found, []);
});

test('words: comments are found without their marks, and not in strings', () => {
  const source = "/**\n * One\n * two.\n */\nconst a = '// no'; // three\n  // four\n  // five\nconst b = /\\/\\/ no/; /* six */\n";
  assert.deepEqual(comments(source), [
    { line: 1, text: 'One two.' },
    { line: 5, text: 'three four five' },
    { line: 8, text: 'six' },
  ]);
});

test('words: literals are found in code, in templates and behind regular expressions, and not in comments', () => {
  const source =
    "// 'no'\nconst a = /['\"]/.test(b) ? 'one two' : `three ${c('four') + `${d}`} five`; /* \"no\" */ const e = 6 / 2; f(\"seven\");\n";
  assert.deepEqual(
    stringLiterals(source)
      .map(({ text }) => text)
      .toSorted(),
    ['four', 'one two', 'seven', 'three … five', '…'].toSorted(),
  );
});
