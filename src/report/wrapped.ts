/** Columns of a stream; without end where it is no terminal, whose reader wants lines as they are. */
export function columnsOf({ isTTY, columns }: { readonly isTTY?: boolean; readonly columns?: number }): number {
  // A terminal that does not say its size, as in some consoles of editors, wraps by itself.
  return isTTY === true && columns !== undefined && columns > 0 ? columns : Number.POSITIVE_INFINITY;
}

/** Text broken between words at this many columns; further lines are indented by two more. */
export function wrapped(text: string, width: number): string {
  const lines: string[] = [];
  const [indent] = /^ */.exec(text)!;
  let line = indent;
  for (const word of text.slice(indent.length).split(' ')) {
    if (line.trim() !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = `${indent}  ${word}`;
    } else {
      line = line.trim() === '' ? `${line}${word}` : `${line} ${word}`;
    }
  }
  return [...lines, line].join('\n');
}
