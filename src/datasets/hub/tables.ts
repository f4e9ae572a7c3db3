import { bounded } from '../../errors.ts';
import { byCodePoint } from '../code-points.ts';
import { formatOf, isSentences } from '../formats.ts';
import { asksFor } from './glob.ts';

/** Metadata files of a dataset. */
export const ABOUT: ReadonlySet<string> = new Set([
  'README.md',
  'config.json',
  'dataset_info.json',
  'dataset_infos.json',
  'dataset_dict.json',
  'state.json',
]);
/** Maximum names listed. */
const SHOWN = 10;
export const SHOWN_LETTERS = 80;

/** Tables among files, by their names; without hidden ones. Files of tagged sentences if there is no other table. */
export function tablesOf(paths: readonly string[]): string[] {
  const known = paths.filter((path) => formatOf(path) !== undefined && !ABOUT.has(path.split('/').at(-1)!) && asksFor('**', path));
  const tables = known.filter((path) => !isSentences(formatOf(path)!));
  return (tables.length > 0 ? tables : known).toSorted(byCodePoint);
}

/** Kinds of files, most frequent first: `.jpg (812), .txt (3)`. */
export function kindsOf(paths: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const path of paths) {
    const kind = /\.[^./]+(?:\.(?:gz|zst|bz2|xz|zip))?$/i.exec(path.split('/').at(-1)!)?.[0].toLowerCase() ?? 'without ending';
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const kinds = [...counts]
    .toSorted(([a, n], [b, m]) => m - n || byCodePoint(a, b))
    .map(([kind, count]) => `${bounded(kind, 20)} (${count})`);
  return kinds.length === 0 ? 'none' : listed(kinds);
}

/** Names separated by commas, truncated. */
export function listed(names: readonly string[]): string {
  return `${names
    .slice(0, SHOWN)
    .map((name) => bounded(name, SHOWN_LETTERS))
    .join(', ')}${names.length > SHOWN ? `, and ${names.length - SHOWN} more` : ''}`;
}
