import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readChoiceAnswers } from '../../src/results/recorded-choice.ts';
import { temporaryFolder } from '../temporary.ts';

test('recorded choice: the first note about each dataset; none of a file that is something else', async () => {
  const folder = temporaryFolder();
  const answers = (content: string, titles = ['b', 'a', 'c']): Promise<string[]> => {
    writeFileSync(path.join(folder, 'choose.json'), content);
    return readChoiceAnswers(folder, titles);
  };
  const notes = ['a: Fine-tune x.', 'a: Budget: 1 s.', 'b: Fine-tune y.'];
  assert.deepEqual(await answers(JSON.stringify({ rows: [], notes })), ['b: Fine-tune y.', 'a: Fine-tune x.']);
  for (const strange of ['', '{', '[]', 'null', '{"notes":[1]}', '{"notes":"a: b"}', '{"__proto__":{"notes":["a: b"]}}'])
    assert.deepEqual(await answers(strange), [], strange);
  assert.deepEqual(await readChoiceAnswers(path.join(folder, 'nowhere'), ['a']), []);
});
