import { fileURLToPath } from 'node:url';
import { Resvg } from '@resvg/resvg-js';
import { FONT } from './vega-svg.ts';

/** Pixels per SVG pixel, for high-resolution screens. */
const SCALE = 1.5;
/** The font is included, as a server has none. System fonts are used for scripts that it lacks. */
const FONT_FILES = ['400Regular/Inter_400Regular.ttf', '700Bold/Inter_700Bold.ttf'].map((file) =>
  fileURLToPath(import.meta.resolve(`@expo-google-fonts/inter/${file}`)),
);

/** A plot as PNG. */
export function pngOf(svg: string): Uint8Array {
  return new Resvg(svg, {
    fitTo: { mode: 'zoom', value: SCALE },
    font: { fontFiles: FONT_FILES, defaultFontFamily: FONT, loadSystemFonts: true },
  })
    .render()
    .asPng();
}
