import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../src/home.ts';
import { OLD_WORDS } from './old-words.ts';
import { stringLiterals } from './scan-source.ts';

/** Strings that are no sentences of ours: generated code. */
const GENERATED = ['src/graph/onnx_pb.ts'];

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
