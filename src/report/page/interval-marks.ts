import type { Axis } from './axis.ts';
import { svg } from './dom.ts';

/** A score with its interval, drawn in a table cell. The numbers are next to it, so that the drawing can be hidden from screen readers. */

const HEIGHT = 22;
/** Margin at both ends, in percent, so that marks are not cut off. */
const ROOM = 5;

export interface IntervalMark {
  readonly axis: Axis;
  readonly score: number;
  /** NaN without an interval. */
  readonly low: number;
  readonly high: number;
  /** Fine-tuned; hollow if frozen. */
  readonly filled: boolean;
  /** The interval is a standard deviation. */
  readonly dashed: boolean;
}

export function intervalMark({ axis, score, low, high, filled, dashed }: IntervalMark): SVGElement {
  const middle = HEIGHT / 2;
  return svg(
    'svg',
    { class: 'interval', height: HEIGHT, 'aria-hidden': 'true' },
    ...axis.ticks.map((tick) => svg('line', { class: 'grid', x1: percent(axis, tick), x2: percent(axis, tick), y1: 0, y2: HEIGHT })),
    Number.isFinite(low) &&
      Number.isFinite(high) &&
      svg('line', {
        class: 'whisker',
        'stroke-dasharray': dashed ? '3 2' : undefined,
        x1: percent(axis, low),
        x2: percent(axis, high),
        y1: middle,
        y2: middle,
      }),
    svg('circle', { class: filled ? 'dot filled' : 'dot', cx: percent(axis, score), cy: middle, r: 4.5 }),
  );
}

/** The tick labels of the axis, for the column header. */
export function axisMarks(axis: Axis): SVGElement {
  return svg(
    'svg',
    { class: 'interval', height: 16, 'aria-hidden': 'true' },
    ...axis.ticks.map((tick, at) =>
      svg(
        'text',
        { class: at > 0 && at < axis.ticks.length - 1 && 'between', x: percent(axis, tick), y: 12, 'text-anchor': 'middle' },
        axis.label(tick),
      ),
    ),
  );
}

/** A single dot, for a legend. */
export function dotMark(filled: boolean): SVGElement {
  return svg(
    'svg',
    { class: 'key', width: 12, height: 12, 'aria-hidden': 'true' },
    svg('circle', { class: filled ? 'dot filled' : 'dot', cx: 6, cy: 6, r: 4.5 }),
  );
}

function percent(axis: Axis, value: number): string {
  return `${(ROOM + axis.place(value) * (100 - 2 * ROOM)).toFixed(2)}%`;
}
