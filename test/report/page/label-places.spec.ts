import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelPlaces, type LabelledPoint } from '../../../src/report/page/label-places.ts';

const point = (x: number, y: number, text = 'an-encoder'): LabelledPoint => ({ x, y, top: Number.NaN, bottom: Number.NaN, text });
const SIZE = { width: 345, height: 320 };

test('label places: right of the point, left of it at the right edge', () => {
  const [first, last] = labelPlaces([point(40, 100), point(315, 100)], SIZE);
  assert.deepEqual([first!.align, last!.align], ['left', 'right']);
});

test('label places: no two overlap on a narrow screen, the more important ones come first', () => {
  const names = ['paraphrase-MiniLM-L3-v2', 'all-MiniLM-L6-v2', 'bge-small-en-v1.5', 'e5-small-v2'];
  const points = names.flatMap((name, at) => [point(150 + at, 100 + at, name), point(150 + at, 101 + at, name)]);
  const places = labelPlaces(points, SIZE);
  assert.ok(places[0] !== undefined && places.includes(undefined));
  const tops = places.flatMap((place, at) => (place === undefined ? [] : [{ top: points[at]!.y + place.dy, align: place.align }]));
  for (const [at, one] of tops.entries())
    for (const other of tops.slice(at + 1))
      assert.ok(one.align !== other.align || Math.abs(one.top - other.top) >= 16, JSON.stringify(tops));
});

test('label places: an interval is avoided if there is room elsewhere; no text takes no place', () => {
  const whisker = { ...point(110, 100, ''), top: 60, bottom: 140 };
  assert.deepEqual(
    labelPlaces([point(80, 140), whisker], SIZE).map((place) => place?.align),
    ['right', undefined],
  );
  // Both sides of the only label are crossed: it is shown all the same.
  assert.ok(labelPlaces([point(80, 100), whisker, { ...whisker, x: 50 }], SIZE)[0] !== undefined);
});
