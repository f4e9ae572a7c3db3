import type { Spec } from 'vega';
import { FONTS, PAPER, vegaSvg, type Words } from './vega-svg.ts';

/** A plot as simple marks, in pixels from the upper left corner. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly texts: Line[];
  readonly frames: { readonly x: number; readonly y: number; readonly width: number; readonly height: number }[];
  /** Small dots of one colour, relative to a corner. */
  readonly clouds: {
    readonly x: number;
    readonly y: number;
    readonly colour: string;
    readonly places: readonly { readonly x: number; readonly y: number }[];
  }[];
  /** Large dots. */
  readonly dots: { readonly x: number; readonly y: number; readonly colour: string }[];
}

export interface Line {
  readonly x: number;
  /** Position of the baseline. */
  readonly y: number;
  readonly text: string;
  readonly size: number;
  readonly bold?: boolean;
  readonly align?: 'left' | 'center';
  readonly upwards?: boolean;
}

const [INK, FRAME] = ['#222222', '#d4d4d4'];
const DOT = 2.8;

/** The drawing as SVG. */
export async function svgOf({ width, height, texts, frames, clouds, dots }: Drawing, words: Words): Promise<string> {
  const spec: Spec = {
    width: Math.ceil(width),
    height: Math.ceil(height),
    padding: 0,
    autosize: 'none',
    background: PAPER,
    config: { text: { font: FONTS } },
    data: [
      { name: 'frames', values: frames },
      // A dot is a zero-length line with round ends: a tenth of the bytes of a symbol each.
      {
        name: 'clouds',
        values: clouds.map(({ x, y, colour, places }) => ({
          x,
          y,
          colour,
          path: places.map((place) => `M${place.x.toFixed(1)} ${place.y.toFixed(1)}h0`).join(''),
        })),
      },
      { name: 'dots', values: dots },
      {
        name: 'texts',
        values: texts.map(({ x, y, text, size, bold, align, upwards }) => ({
          x,
          y,
          text,
          size,
          weight: bold ? 'bold' : 'normal',
          align: align ?? 'left',
          angle: upwards ? -90 : 0,
        })),
      },
    ],
    marks: [
      {
        type: 'rect',
        from: { data: 'frames' },
        encode: { enter: { ...fields('x', 'y', 'width', 'height'), fill: { value: null }, stroke: { value: FRAME! } } },
      },
      {
        type: 'path',
        from: { data: 'clouds' },
        encode: {
          enter: {
            ...fields('x', 'y', 'path'),
            stroke: { field: 'colour' },
            strokeWidth: { value: DOT },
            strokeCap: { value: 'round' },
            strokeOpacity: { value: 0.85 },
          },
        },
      },
      {
        type: 'symbol',
        from: { data: 'dots' },
        encode: { enter: { ...fields('x', 'y'), fill: { field: 'colour' }, size: { value: 64 } } },
      },
      {
        type: 'text',
        from: { data: 'texts' },
        encode: {
          enter: {
            ...fields('x', 'y', 'text', 'align', 'angle'),
            fontSize: { field: 'size' },
            fontWeight: { field: 'weight' },
            fill: { value: INK! },
          },
        },
      },
    ],
  };
  return vegaSvg(spec, words);
}

function fields(...names: readonly string[]): Record<string, { field: string }> {
  return Object.fromEntries(names.map((name) => [name, { field: name }]));
}
