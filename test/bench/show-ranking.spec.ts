import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';
import { bench } from './bench.ts';
import { writeTexts } from './choose-inputs.ts';

const root = temporaryFolder();
const cache = path.join(root, 'cache');
const at = (name: string): string => path.join(root, name);
const INPUTS = [
  ...[1, 2].flatMap((seed) => ['--model', writeTinyEncoder(at(`tiny-${seed}`), { layers: seed, seed })]),
  '--dataset',
  writeTexts(at('texts.csv'), { texts: 60 }),
];

/** The answer and nothing else. */
function answerIn(out: string): string {
  const [answer] = /^tiny-\d .* on texts.*$/m.exec(out) ?? [];
  assert.ok(answer !== undefined, out);
  return answer;
}

test('show: of a folder with a ranking alone, its answer; merge: of shards of a ranking, the same encoder and score', async () => {
  const whole = await bench(['rank', ...INPUTS, '--out', at('whole'), '--quiet'], { cache });
  assert.equal(whole.status, 0, whole.err);
  const shown = await bench(['show', at('whole')], { cache });
  assert.equal(shown.status, 0, shown.err);
  assert.equal(answerIn(shown.out), answerIn(whole.out));
  assert.equal(shown.err, `Next: bench report ${at('whole')}\n`);

  for (const shard of [1, 2])
    assert.equal((await bench(['rank', ...INPUTS, '--shard', `${shard}/2`, '--out', at(`part-${shard}`), '--quiet'], { cache })).status, 0);
  const merged = await bench(['merge', at('part-1'), at('part-2'), '--out', at('merged'), '--quiet'], { cache });
  assert.equal(merged.status, 0, merged.err);
  // Its tests are of intervals, since a shard has one of the encoders.
  const score = / k-NN (\d+\.\d+) \[/;
  assert.equal(score.exec(answerIn(merged.out))?.[1], score.exec(answerIn(whole.out))?.[1]);

  const csv = await bench(['show', at('whole'), '--format', 'csv'], { cache });
  assert.equal(csv.status, 2);
  assert.match(csv.err, /^bench: .*whole: It has a ranking, which is shown as a table only, and no results\.csv\. Omit --format, or read /);
});
