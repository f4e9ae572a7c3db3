/** Places labels next to the points of a chart so that none covers another. */

export interface LabelledPoint {
  /** In pixels, from the top left of the plot. */
  readonly x: number;
  readonly y: number;
  /** Ends of its interval; NaN if there is none. */
  readonly top: number;
  readonly bottom: number;
  readonly text: string;
}

/** Where the text begins, or ends, relative to the point. */
export interface LabelPlace {
  readonly dx: number;
  readonly dy: number;
  readonly align: 'left' | 'right' | 'center';
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Of text of 12 pixels: the width of a letter on average, and half the height of a line. */
const LETTER = 6.8;
const HALF = 8;
/** Half the size of a marker. */
const MARKER = 8;
const PLACES: readonly LabelPlace[] = [
  { dx: 11, dy: -10, align: 'left' },
  { dx: -11, dy: -10, align: 'right' },
  { dx: 11, dy: 0, align: 'left' },
  { dx: -11, dy: 0, align: 'right' },
  { dx: 11, dy: 13, align: 'left' },
  { dx: -11, dy: 13, align: 'right' },
  { dx: 0, dy: -18, align: 'center' },
  { dx: 0, dy: 18, align: 'center' },
];

/**
 * A place for the label of each point, in the order of their importance; undefined if there is no room, or no text. Labels cover no other
 * label or marker, and no interval if that can be avoided.
 */
export function labelPlaces(
  points: readonly LabelledPoint[],
  { width, height }: { readonly width: number; readonly height: number },
): (LabelPlace | undefined)[] {
  const taken = points.map(({ x, y }): Box => ({ left: x - MARKER, right: x + MARKER, top: y - MARKER, bottom: y + MARKER }));
  const intervals = points.flatMap(({ x, top, bottom }): Box[] =>
    Number.isFinite(top - bottom) ? [{ left: x, right: x, top, bottom }] : [],
  );
  return points.map((point) => {
    if (point.text === '') return undefined;
    const inside = PLACES.map((place) => ({ place, box: boxOf(point, place) })).filter(
      ({ box }) =>
        box.left >= 0 && box.right <= width && box.top >= 0 && box.bottom <= height && !taken.some((other) => overlap(box, other)),
    );
    const found = inside.find(({ box }) => !intervals.some((other) => overlap(box, other))) ?? inside[0];
    if (found !== undefined) taken.push(found.box);
    return found?.place;
  });
}

function boxOf({ x, y, text }: LabelledPoint, { dx, dy, align }: LabelPlace): Box {
  const length = text.length * LETTER;
  const left = x + dx - (align === 'left' ? 0 : align === 'right' ? length : length / 2);
  return { left, right: left + length, top: y + dy - HALF, bottom: y + dy + HALF };
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
