import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { natural } from '../../results/order.ts';
import type { Picture } from '../page/data.ts';
import { own } from '../../own.ts';

/** The maps of a results folder. They are embedded as images, in which a browser runs no script and follows no link. */

/** Maximum bytes of all plots of a page. */
const MOST_BYTES = 12 << 20;

export interface Pictures {
  readonly pictures: readonly Picture[];
  /** Files that do not fit. */
  readonly left: readonly string[];
  /** Unreadable files. */
  readonly unreadable: readonly string[];
  readonly found: number;
}

/** `maps/*.svg` of a folder, by name; anything that is not a file is skipped. */
export async function readPictures(folder: string): Promise<Pictures> {
  const place = path.join(folder, 'maps');
  const names = (await readdir(place).catch(() => [])).filter((name) => name.toLowerCase().endsWith('.svg')).toSorted(natural);
  const pictures: Picture[] = [];
  const left: string[] = [];
  const unreadable: string[] = [];
  let found = 0;
  let bytes = 0;
  for (const name of names) {
    const file = path.join(place, name);
    const about = await stat(file).catch(() => undefined);
    if (about?.isFile() === false) continue;
    found++;
    const size = about?.size ?? 0;
    if (bytes + size > MOST_BYTES) {
      left.push(name);
      continue;
    }
    const svg = about && (await readFile(file).catch(() => undefined));
    if (svg === undefined) {
      unreadable.push(name);
      continue;
    }
    bytes += size;
    pictures.push({ title: titleOf(svg.toString('utf8')) ?? name.slice(0, -4), svg: svg.toString('base64') });
  }
  return { pictures, left, unreadable, found };
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** The SVG's title, if it is in the first lines. */
function titleOf(svg: string): string | undefined {
  const [, title = ''] = /<title[^<>]{0,200}>([^<]{1,400})<\/title>/.exec(svg.slice(0, 20_000)) ?? [];
  const text = title.replace(/&(lt|gt|amp|quot|apos);/g, (_, name: string) => own(ENTITIES, name)!).trim();
  return text === '' ? undefined : text;
}
