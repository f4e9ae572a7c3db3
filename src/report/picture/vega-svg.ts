import { parse, View, type Spec } from 'vega';
import { drawable, escapeXml } from './drawable.ts';

/** Title and description of a plot, for screen readers. */
export interface Words {
  readonly title: string;
  readonly description: string;
}

export const FONT = 'Inter';
/** Fallback fonts for viewers that lack the first. */
export const FONTS = `${FONT}, Helvetica, Arial, sans-serif`;
/** Plots are dark on white, so that they can be read on a page of any colour. */
export const PAPER = '#ffffff';

/** A Vega specification as SVG, with its title and description. */
export async function vegaSvg(spec: Spec, { title, description }: Words): Promise<string> {
  const view = new View(parse(spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return svg.replace(
    /<svg [^>]*>/,
    (start) => `${start}<title>${escapeXml(drawable(title))}</title><desc>${escapeXml(drawable(description))}</desc>`,
  );
}
