import { fileURLToPath } from 'node:url';
import { Resvg } from '@resvg/resvg-js';
import { FONT } from './vega-svg.ts';

/** Pixels for each of the SVG's: fine lines on fine screens. */
const SCALE = 1.5;
/** The font comes along: a server has none. The machine's own serve where it lacks a script. */
const FONT_FILES = ['400Regular/Inter_400Regular.ttf', '700Bold/Inter_700Bold.ttf'].map((file) =>
  fileURLToPath(import.meta.resolve(`@expo-google-fonts/inter/${file}`)),
);

/** A picture as PNG. */
export function pngOf(svg: string): Uint8Array {
  return new Resvg(svg, {
    fitTo: { mode: 'zoom', value: SCALE },
    font: { fontFiles: FONT_FILES, defaultFontFamily: FONT, loadSystemFonts: true },
  })
    .render()
    .asPng();
}
