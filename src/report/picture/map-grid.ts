import { coloured, type ColouredClass } from './palette.ts';
import { drawable } from './drawable.ts';
import type { Drawing, Line } from './drawing.ts';

/** A grid of maps: rows x columns, each a scatter plot of texts coloured by class. */
export interface MapGrid {
  readonly title: string;
  /** A line below the title. */
  readonly subtitle: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** [row][column]; undefined without a map. */
  readonly panels: readonly (readonly (MapPanel | undefined)[])[];
  /** What shares its classes: each column has its legend below, or each row next to it. */
  readonly legends: 'columns' | 'rows';
}

export interface MapPanel {
  /** [n, 2] row-major; arbitrary units. */
  readonly layout: Float64Array;
  /** [n], indices into `names`. */
  readonly labels: Int32Array;
  readonly names: readonly string[];
  /** Name of the label field: topic, publisher. */
  readonly field: string;
  /** Shown below the map. */
  readonly caption: string;
}

/** All in pixels. */
const PANEL = 220;
const INSET = 8;
const GAP = 14;
const MARGIN = 16;
const CAPTION = 20;
const TITLE = { size: 16, below: 22 };
const SMALL = { size: 12, line: 18 };
const LEGEND = 170;
const ROW_TITLE = 22;
/** Characters that fit, at half the font size each. */
const LETTERS = { heading: 120, panel: Math.floor(PANEL / 6.5), legend: Math.floor((LEGEND - 20) / 6.5) };
/** Average width of these characters. */
const HEADING_WIDTHS = { title: 10, subtitle: 7 };

/** The grid as lines, frames and scatter plots. */
export function drawMapGrid({ title, subtitle, rows, columns, panels, legends }: MapGrid): Drawing {
  const left = MARGIN + ROW_TITLE;
  const top = MARGIN + TITLE.below + SMALL.line + 8 + SMALL.line;
  const x = (column: number) => left + column * (PANEL + GAP);
  const y = (row: number) => top + row * (PANEL + CAPTION + GAP);
  const right = x(columns.length) - GAP;
  const bottom = y(rows.length) - GAP;

  const keys = legendsOf(panels, legends);
  const [heading, below] = [drawable(title, LETTERS.heading), drawable(subtitle, LETTERS.heading)];
  const texts: Line[] = [
    { x: MARGIN, y: MARGIN + TITLE.size, text: heading, size: TITLE.size, bold: true },
    { x: MARGIN, y: MARGIN + TITLE.below + SMALL.size, text: below, size: SMALL.size },
    ...columns.map((name, c): Line => ({
      x: x(c) + PANEL / 2,
      y: top - 7,
      text: drawable(name, LETTERS.panel),
      size: SMALL.size,
      bold: true,
      align: 'center',
    })),
    ...rows.map((name, r): Line => ({
      x: MARGIN + SMALL.size,
      y: y(r) + PANEL / 2,
      text: drawable(name, LETTERS.panel),
      size: SMALL.size,
      bold: true,
      align: 'center',
      upwards: true,
    })),
  ];
  const drawing: Drawing = { width: 0, height: 0, texts, frames: [], clouds: [], dots: [] };
  const { frames, clouds, dots } = drawing;
  for (const [r, row] of panels.entries()) {
    for (const [c, panel] of row.entries()) {
      frames.push({ x: x(c), y: y(r), width: PANEL, height: PANEL });
      if (panel === undefined) continue;
      const places = fitted(panel.layout);
      const key = keys[legends === 'columns' ? c : r]!;
      // Back to front: classes without a colour, then large classes, small ones last.
      for (const { colour, classes } of key.entries.toSorted((a, b) => b.classes.size - a.classes.size))
        clouds.push({ x: x(c), y: y(r), colour, places: places.filter((_, i) => classes.has(panel.labels[i]!)) });
      texts.push({
        x: x(c) + PANEL / 2,
        y: y(r) + PANEL + 14,
        text: drawable(panel.caption, LETTERS.panel),
        size: SMALL.size,
        align: 'center',
      });
    }
  }
  let [width, height] = [right + MARGIN, bottom + MARGIN];
  for (const [i, key] of keys.entries()) {
    if (key === undefined || (legends === 'rows' && sameKey(key, keys[i - 1]))) continue;
    const [at, from] = legends === 'columns' ? [x(i), bottom + 8] : [right + GAP, y(i)];
    texts.push({ x: at, y: from + SMALL.size, text: drawable(key.field, LETTERS.legend), size: SMALL.size, bold: true });
    for (const [e, { colour, name }] of key.entries.entries()) {
      const line = from + (e + 1) * SMALL.line + SMALL.size;
      dots.push({ x: at + 5, y: line - 4, colour });
      texts.push({ x: at + 16, y: line, text: drawable(name, LETTERS.legend), size: SMALL.size });
    }
    height = Math.max(height, from + (key.entries.length + 1) * SMALL.line + MARGIN);
    width = Math.max(width, at + LEGEND + MARGIN);
  }
  return {
    ...drawing,
    width: Math.max(width, 2 * MARGIN + Math.max(HEADING_WIDTHS.title * heading.length, HEADING_WIDTHS.subtitle * below.length)),
    height,
  };
}

interface Key {
  readonly field: string;
  readonly entries: readonly ColouredClass[];
}

/** One per column, or per row. */
function legendsOf(panels: MapGrid['panels'], along: MapGrid['legends']): (Key | undefined)[] {
  const groups = along === 'rows' ? panels : (panels[0] ?? []).map((_, c) => panels.map((row) => row[c]));
  return groups.map((group) => {
    const panel = group.find((each) => each !== undefined);
    return panel && { field: panel.field, entries: coloured(panel) };
  });
}

function sameKey(a: Key, b: Key | undefined): boolean {
  return a.field === b?.field && a.entries.length === b.entries.length && a.entries.every(({ name }, i) => name === b.entries[i]!.name);
}

/** Positions in a panel, in pixels from its corner: as large as fits, with equal scale on both axes. */
function fitted(layout: Float64Array): { x: number; y: number }[] {
  const xs = layout.filter((_, i) => i % 2 === 0);
  const ys = layout.filter((_, i) => i % 2 === 1);
  const [[left, right], [low, high]] = [range(xs), range(ys)];
  const scale = (PANEL - 2 * INSET) / (Math.max(right - left, high - low) || 1);
  return Array.from(xs, (each, i) => ({
    x: PANEL / 2 + (each - (left + right) / 2) * scale,
    y: PANEL / 2 - (ys[i]! - (low + high) / 2) * scale,
  }));
}

function range(values: Float64Array): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return [low, high];
}
