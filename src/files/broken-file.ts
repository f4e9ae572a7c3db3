import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync, type Stats } from 'node:fs';
import path from 'node:path';

/** A link of a hub's cache stored as text, by a copy that does not support links. */
const LINK_TEXT = /^(?:\.\.\/)+blobs\/[0-9a-f]{40,64}\s*$/;
const LFS_START = 'version https://git-lfs.github.com/';
/** Maximum size of both. */
const LONGEST_POINTER = 1024;

/**
 * Why the path is not a readable file, as a sentence: a dangling link, an incomplete download, an empty file, the text of a link, a Git LFS
 * pointer. undefined if it is a readable file, or if nothing exists there.
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

/** Whether the path exists, including a dangling link. */
export function stands(place: string): boolean {
  return lstatSync(place, { throwIfNoEntry: false }) !== undefined;
}

/** What an incomplete download of a missing file left next to it, for the end of a sentence. */
function brokenOff(file: string): string {
  const [left] = unfinished(path.dirname(file), path.basename(file));
  return left === undefined ? '' : `: a download was interrupted (${left})`;
}

/** Files of a folder that an incomplete download left, with their sizes; only those of one file if it is named. */
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
