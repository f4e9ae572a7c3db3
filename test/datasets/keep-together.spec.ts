import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepTogether } from '../../src/datasets/keep-together.ts';
import { stratifiedSample } from '../../src/datasets/sample.ts';
import { randomInts } from '../../src/numeric/random.ts';

const together = (texts: string, drawn: readonly number[], classes = 'a'.repeat(texts.length)) =>
  keepTogether({ texts: [...texts], classes: [...classes], drawn });

test('keep together: where no text stands on both sides, the draw is given back as it is', () => {
  const drawn = [1, 4];
  assert.equal(together('abcab', drawn).rows, drawn);
  assert.equal(together('abcde', [0, 2]).moved, 0);
});

test('keep together: a torn group goes where the share is kept, and in balance where its first row is', () => {
  // One copy in, two out: removing costs one row, adding two.
  assert.deepEqual(together('xaxxbcd', [0, 1]), { rows: [1], moved: 1 });
  assert.deepEqual(together('xyxyabc', [0, 1]), { rows: [0, 2], moved: 2 });
  assert.deepEqual(together('xyxyabc', [2, 1]), { rows: [1, 3], moved: 2 });
  // Each class separately, then all of them.
  assert.deepEqual(together('xyxyabc', [0, 1], 'ababaaa'), { rows: [0, 2], moved: 2 });
});

test('keep together: neither side is emptied while it can be helped', () => {
  assert.deepEqual(together('axxb', [2]), { rows: [1, 2], moved: 1 });
  assert.deepEqual(together('xax', [0, 1]), { rows: [1], moved: 1 });
});

test('keep together: of any corpus, no text is on both sides, and each class keeps its share to a group', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const draw = randomInts(seed);
    const n = draw(10, 200);
    const texts = Array.from({ length: n }, () => ' '.repeat(draw(0, 1)) + draw(0, draw(1, 2 * n)));
    const classes = Array.from({ length: n }, (_, i) => 'abc'[Number(texts[i]) % 3]!);
    const drawn = stratifiedSample({ classes, size: Math.max(1, Math.round(n / 10)), seed });
    const { rows, moved } = keepTogether({ texts, classes, drawn });
    const part = new Set(rows);
    const inside = new Set(rows.map((row) => texts[row]!.trim()));
    const outside = texts.flatMap((text, row) => (part.has(row) ? [] : [text.trim()]));
    if (new Set(texts.map((text) => text.trim())).size > 1) assert.ok(rows.length > 0 && outside.length > 0, `seed ${seed}`);
    assert.ok(
      outside.every((text) => !inside.has(text)),
      `seed ${seed}`,
    );
    assert.equal(moved === 0, rows === drawn);
    const largest = Math.max(...texts.map((text) => texts.filter((other) => other.trim() === text.trim()).length));
    for (const name of 'abc') {
      const [got, want] = [rows, drawn].map((each) => each.filter((row) => classes[row] === name).length);
      assert.ok(Math.abs(got! - want!) <= largest, `seed ${seed}, class ${name}: ${got} for ${want}`);
    }
  }
});
