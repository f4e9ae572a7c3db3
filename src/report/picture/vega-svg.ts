import { parse, View, type Spec } from 'vega';
import { drawable, escapeXml } from './drawable.ts';

/** What a picture is called, and what it shows, for those who do not see it. */
export interface Words {
  readonly title: string;
  readonly description: string;
}

export const FONT = 'Inter';
/** Fallback fonts for viewers that lack the first. */
export const FONTS = `${FONT}, Helvetica, Arial, sans-serif`;
/** Pictures are dark on white, so that they can be read on a page of any colour. */
export const PAPER = '#ffffff';

/** A Vega specification as SVG, with its words in it. */
export async function vegaSvg(spec: Spec, { title, description }: Words): Promise<string> {
  const view = new View(parse(spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return svg.replace(
    /<svg [^>]*>/,
    (start) => `${start}<title>${escapeXml(drawable(title))}</title><desc>${escapeXml(drawable(description))}</desc>`,
  );
}
