import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawMapGrid, type MapGrid, type MapPanel } from '../../../src/report/picture/map-grid.ts';
import { svgOf } from '../../../src/report/picture/drawing.ts';
import { coloured } from '../../../src/report/picture/palette.ts';
import { pngOf } from '../../../src/report/picture/png.ts';

const HOSTILE = [
  '</text><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '&amp;&lt;]]>',
  'a\u0000b\u001bc\u202Ed',
  'half \ud83d, none \ufffe',
  'x'.repeat(500),
];

function panel(names: readonly string[], texts = 40): MapPanel {
  const layout = Float64Array.from({ length: 2 * texts }, (_, i) => Math.sin(i * i) * (i % 2 === 0 ? 100 : 3));
  return {
    layout,
    labels: Int32Array.from({ length: texts }, (_, i) => i % names.length),
    names,
    field: names[0]!,
    caption: `dev 81.25, test ${names[0]}`,
  };
}

function grid(panels: MapGrid['panels'], legends: MapGrid['legends'] = 'columns', name = (i: number) => `place ${i}`): MapGrid {
  return {
    title: name(0),
    subtitle: name(1),
    rows: panels.map((_, i) => name(i)),
    columns: panels[0]!.map((_, i) => name(i + 3)),
    panels,
    legends,
  };
}

test('picture: labels and names of any kind are text, and both files can be read', async () => {
  for (const legends of ['columns', 'rows'] as const) {
    const hostile = grid(
      [
        [panel(HOSTILE), undefined],
        [panel(HOSTILE), panel(HOSTILE.toReversed())],
      ],
      legends,
      (i) => HOSTILE[i % HOSTILE.length]!,
    );
    const svg = await svgOf(drawMapGrid(hostile), { title: HOSTILE[0]!, description: HOSTILE.join(' ') });
    assert.ok(!/<(script|img)/.test(svg));
    assert.match(svg, /<title>&lt;\/text&gt;&lt;script&gt;alert\(1\)&lt;\/script&gt;<\/title><desc>/);
    // The renderer's parser is strict: it rejects invalid XML.
    const png = Buffer.from(pngOf(svg));
    assert.equal(png.subarray(1, 4).toString(), 'PNG');
    const [, width] = /<svg [^>]*width="(\d+)"/.exec(svg)!;
    assert.ok(Math.abs(png.readUInt32BE(16) - 1.5 * Number(width)) <= 1);
  }
});

test('picture: panels are equal squares that hold every text once', () => {
  const panels = [
    [panel(['a', 'b']), panel(['c'], 7)],
    [panel(['a', 'b'], 5), panel(['c'], 9)],
  ];
  const { frames, clouds, width, height } = drawMapGrid(grid(panels));
  assert.equal(frames.length, 4);
  assert.deepEqual(new Set(frames.map((frame) => `${frame.width}x${frame.height}`)).size, 1);
  for (const [i, frame] of frames.entries()) {
    const own = clouds.filter(({ x, y }) => x === frame.x && y === frame.y).flatMap(({ places }) => places);
    assert.equal(own.length, panels[Math.floor(i / 2)]![i % 2]!.labels.length);
    assert.ok(own.every(({ x, y }) => x >= 0 && y >= 0 && x <= frame.width && y <= frame.height));
    assert.ok(frame.x + frame.width <= width && frame.y + frame.height <= height);
  }
});

test('picture: a text is a dot of the SVG, and text is in the PNG', async () => {
  const drawing = drawMapGrid(grid([[panel(['a', 'b'], 33)]]));
  const svg = await svgOf(drawing, { title: 't', description: 'd' });
  assert.equal(svg.match(/M[\d.]+ [\d.]+h0/g)?.length, 33);
  const bare = await svgOf({ ...drawing, texts: [] }, { title: 't', description: 'd' });
  assert.notDeepEqual(pngOf(svg), pngOf(bare));
});

test('picture: rows that are coloured alike share a legend', () => {
  const words = drawMapGrid(grid([[panel(['left', 'right'])], [panel(['left', 'right'])], [panel(['Vox', 'Fox'])]], 'rows')).texts.map(
    ({ text }) => text,
  );
  assert.equal(words.filter((word) => word === 'right').length, 1);
  assert.equal(words.filter((word) => word === 'Fox').length, 1);
});

test('picture: small classes lie on large ones, and those without a colour at the bottom', () => {
  const names = Array.from({ length: 30 }, (_, i) => `class ${i}`);
  const { clouds } = drawMapGrid(
    grid([
      [
        {
          ...panel(names, 400),
          labels: Int32Array.from({ length: 400 }, (_, i) => Math.floor(Math.sqrt(i))).map((label) => Math.min(label, 29)),
        },
      ],
    ]),
  );
  const sizes = clouds.map(({ places }) => places.length);
  assert.equal(sizes.length, 10);
  assert.deepEqual(
    sizes.slice(1),
    sizes.slice(1).toSorted((a, b) => b - a),
  );
  assert.equal(sizes[0], 400 - sizes.slice(1).reduce((sum, size) => sum + size, 0));
});

test('palette: the largest classes have colours, many others one together', () => {
  const names = Array.from({ length: 12 }, (_, i) => `class ${i}`);
  // Class i has i texts: class 0 none.
  const labels = Int32Array.from(names.flatMap((_, i) => Array.from({ length: i }, () => i)));
  const found = coloured({ labels, names });
  assert.deepEqual(
    found.map(({ name }) => name),
    ['class 11', 'class 10', 'class 9', 'class 8', 'class 7', 'class 6', 'class 5', 'class 4', 'class 3', 'and 2 more'],
  );
  assert.equal(new Set(found.map(({ colour }) => colour)).size, 10);
  assert.deepEqual([...found.at(-1)!.classes].toSorted(), [1, 2]);
});
