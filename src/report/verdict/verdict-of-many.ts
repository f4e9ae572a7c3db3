import type { Titles } from '../titles.ts';
import type { RankedList } from './ranked-list.ts';
import { nameOf } from './sentence.ts';

interface Standing {
  readonly name: string;
  /** Number of datasets on which it is best or tied for first, and on which it is significantly better than every other. */
  readonly first: number;
  readonly alone: number;
}

/**
 * `e5-small-v2 is best or tied for first on 4 of 6 datasets, significantly better than every other on 3; bge-small-en-v1.5 on 3.`
 */
export function verdictOfMany(lists: readonly RankedList[], titles: Titles): string {
  const contested = lists.filter(({ lines }) => lines.length > 1);
  if (contested.length === 0) return oneEncoder(lists, titles);
  const names = [...new Set(contested.flatMap(({ lines }) => lines.map((line) => nameOf(line, titles))))];
  const records = names
    .map((name): Standing => {
      const firsts = contested.filter(({ lines }) => lines.some((line) => line.rank === 1 && nameOf(line, titles) === name));
      return { name, first: firsts.length, alone: firsts.filter(({ lines, test }) => test !== 'none' && !lines[0]!.tied).length };
    })
    .toSorted((a, b) => b.first - a.first || b.alone - a.alone || (a.name < b.name ? -1 : 1));
  const [best, second] = records as [Standing, Standing];
  const alone =
    best.alone === 0 ? 'significantly better than every other on none' : `significantly better than every other on ${best.alone}`;
  return `${best.name} is best or tied for first on ${best.first} of ${contested.length} datasets, ${alone}; next is ${second.name}, on ${second.first}.`;
}

function oneEncoder(lists: readonly RankedList[], titles: Titles): string {
  const names = [...new Set(lists.flatMap(({ lines }) => lines.map((line) => nameOf(line, titles))))];
  return `${names.length === 1 ? `${names[0]!} was` : `${names.length} encoders were`} scored on ${lists.length} datasets; name two or more encoders to compare them.`;
}
