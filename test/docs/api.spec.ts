import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/home.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';

const page = readFileSync(path.join(packageRoot(), 'docs', 'api.md'), 'utf8');
const [, program = ''] = /^<!-- program -->\n```js\n([^]*?)^```\n<!-- end -->$/m.exec(page) ?? [];

test('docs/api.md: the program is short, ranks two encoders, trains the winner, and says it', () => {
  assert.ok(program.trimEnd().split('\n').length <= 20);
  const folder = temporaryFolder();
  mkdirSync(path.join(folder, 'node_modules'));
  symlinkSync(packageRoot(), path.join(folder, 'node_modules', 'embedding-bench'), 'junction');
  writeTinyEncoder(path.join(folder, 'small'), { layers: 2, seed: 2 });
  writeTinyEncoder(path.join(folder, 'large'), { layers: 3, seed: 3 });
  const words = ['what', 'who', 'where', 'is', 'the', 'abc', 'quiz'];
  const text = (i: number): string => [words[i % 7], words[(i * i) % 5], 'abcdefgh'[i % 8], words[(3 * i + 1) % 7], i].join(' ');
  const line = (i: number): string => `${text(i)},${i % 2 === 0 ? 'even' : 'odd'}`;
  writeFileSync(path.join(folder, 'questions.csv'), ['text,topic', ...Array.from({ length: 60 }, (_, i) => line(i))].join('\n'));
  writeFileSync(path.join(folder, 'program.mjs'), program);
  const env = { ...process.env, EMBEDDING_BENCH_CACHE: path.join(folder, 'cache'), HF_HUB_OFFLINE: '1' };
  const { status, stdout, stderr } = spawnSync(process.execPath, ['program.mjs'], { cwd: folder, encoding: 'utf8', env });
  assert.equal(status, 0, stderr);
  const number = String.raw`\d+(?:\.\d+)?`;
  const ranked = String.raw`\d\. (?:small|large), (?:mean|layermean): ${number} \[${number}, ${number}\](?:, tied for first)?\n`;
  const best = /^1\. (\w+),/.exec(stdout)?.[1];
  assert.match(
    stdout,
    new RegExp(`^${ranked}${ranked}${best}, frozen, test: ${number}\\n${best}, cea-all-negatives, test: ${number}\\n$`),
    stderr,
  );
  const written = ['results/ranking/estimates.csv', 'results/ranking/run.json', 'results/tuned/results.csv', 'results/tuned/run.json'];
  for (const file of [...written, 'tuned/onnx/model.onnx']) assert.ok(existsSync(path.join(folder, file)), file);
});
