/** A table in markdown: the first columns, up to the given number, are names, the others numbers. */
export function table(head: readonly string[], lines: readonly (readonly string[])[], names = 1): string {
  const rule = head.map((_, at) => (at < names ? '---' : '---:'));
  return [head, rule, ...lines].map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}

/** A dash if there is no number. */
export function number(value: number | undefined, digits = 2): string {
  return value === undefined || Number.isNaN(value) ? '–' : value.toFixed(digits).replace('-', '−');
}

export function percent(share: number | undefined): string {
  return share === undefined || Number.isNaN(share) ? '–' : `${Math.round(100 * share)}%`;
}
