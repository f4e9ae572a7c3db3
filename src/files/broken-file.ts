import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync, type Stats } from 'node:fs';
import path from 'node:path';

/** A link of a hub's cache as text, where whatever copied it knows no links. */
const LINK_TEXT = /^(?:\.\.\/)+blobs\/[0-9a-f]{40,64}\s*$/;
const LFS_START = 'version https://git-lfs.github.com/';
/** Neither of these two is longer. */
const LONGEST_POINTER = 1024;

/**
 * Why what stands at a path is no file to be read, as a sentence: a link that leads nowhere, a download that broke off, nothing
 * in it, the text of a link, a pointer of Git LFS. undefined where it is a file, or where nothing stands there at all.
 */
export function brokenFile(place: string): string | undefined {
  let entry: Stats;
  try {
    entry = lstatSync(place);
  } catch {
    return undefined;
  }
  let found: Stats;
  try {
    found = statSync(place);
  } catch {
    const target = readlinkSync(place);
    return `It is a link to ${target}, which does not exist${brokenOff(path.resolve(path.dirname(place), target))}.`;
  }
  if (found.isDirectory()) return 'It is a directory.';
  if (!found.isFile()) return 'It is not a file.';
  if (found.size === 0) return entry.isSymbolicLink() ? `It is a link to ${readlinkSync(place)}, which is empty.` : 'It is empty.';
  if (found.size > LONGEST_POINTER) return undefined;
  const text = readFileSync(place, 'latin1');
  if (LINK_TEXT.test(text)) return `It holds the text of a link (${text.trim()}): links were not followed when it was copied.`;
  if (text.startsWith(LFS_START)) return 'It is a Git LFS pointer, not the file.';
  return undefined;
}

/** Whether anything has this name, be it a link that leads nowhere. */
export function stands(place: string): boolean {
  return lstatSync(place, { throwIfNoEntry: false }) !== undefined;
}

/** What a download of a file that is not there left beside its place, for the end of a sentence. */
function brokenOff(file: string): string {
  const [left] = unfinished(path.dirname(file), path.basename(file));
  return left === undefined ? '' : `: a download was interrupted (${left})`;
}

/** Files of a folder that a download which broke off left, with their sizes; those of one file where it is named. */
export function unfinished(folder: string, of = ''): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.startsWith(of) && name.endsWith('.incomplete'))
      .toSorted()
      .map((name) => `${name}, ${statSync(path.join(folder, name)).size} bytes`);
  } catch {
    return [];
  }
}
