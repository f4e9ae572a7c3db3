import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { drawable, escapeXml } from './drawable.ts';
import { FONT, type Words } from './drawing.ts';

/** A Vega-Lite chart as SVG, dark on white, so that it can be read on a page of any colour. */
export async function chartSvg(spec: TopLevelSpec, { title, description }: Words): Promise<string> {
  const view = new View(parse(compile({ background: '#ffffff', padding: 12, ...spec, config: { font: `${FONT}, Helvetica, Arial, sans-serif`, view: { stroke: null }, ...spec.config } }).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return svg.replace(/<svg [^>]*>/, (start) => `${start}<title>${escapeXml(drawable(title))}</title><desc>${escapeXml(drawable(description))}</desc>`);
}
