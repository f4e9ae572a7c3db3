/**
 * Names cut in the middle to at most `width` characters each. As much of both ends stays as keeps different names different, if any cut
 * does: `all-MiniLM-L6-v2` and `all-MiniLM-L6-v2@3` become `all-Mi…L6-v2` and `all-Mi…-v2@3`.
 */
export function shortened(names: readonly string[], width: number): string[] {
  const distinct = [...new Set(names)];
  const room = Math.max(1, width - 1);
  const half = Math.floor(room / 2);
  const ends = Array.from({ length: room }, (_, end) => end).toSorted((a, b) => Math.abs(a - half) - Math.abs(b - half));
  const different = ends.map((end) => new Set(distinct.map((name) => cut(name, room, end))).size);
  const end = ends[different.indexOf(Math.max(...different))]!;
  return names.map((name) => cut(name, room, end));
}

/** The last `end` of `room` characters are the name's end. */
function cut(name: string, room: number, end: number): string {
  const characters = [...name];
  if (characters.length <= room + 1) return name;
  return [...characters.slice(0, room - end), '…', ...characters.slice(characters.length - end)].join('');
}
