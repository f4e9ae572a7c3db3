import { compile, type TopLevelSpec } from 'vega-lite';
import { FONTS, PAPER, vegaSvg, type Words } from './vega-svg.ts';

/** A Vega-Lite chart as SVG. */
export async function chartSvg(spec: TopLevelSpec, words: Words): Promise<string> {
  return vegaSvg(
    compile({ background: PAPER, padding: 12, ...spec, config: { font: FONTS, view: { stroke: null }, ...spec.config } }).spec,
    words,
  );
}
