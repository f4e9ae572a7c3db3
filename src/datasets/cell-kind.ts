/** Maximum characters of a table cell shown in an error. */
const SHOWN = 60;

/** A table cell's value in an error. */
export function kindOf(cell: unknown): string {
  if (cell === null || cell === undefined) return 'null';
  if (typeof cell === 'string') return cell.length <= SHOWN ? `"${cell}"` : `"${cell.slice(0, SHOWN)}…"`;
  if (Array.isArray(cell)) return 'a list';
  if (cell instanceof Date) return 'a date';
  return typeof cell === 'object' ? 'an object' : `the ${typeof cell} ${String(cell)}`;
}
