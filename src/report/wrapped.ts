/** Columns of a stream; unlimited if it is not a terminal: a program that reads it expects unbroken lines. */
export function columnsOf({ isTTY, columns }: { readonly isTTY?: boolean; readonly columns?: number }): number {
  // A terminal that does not report its size, as in some editors' consoles, wraps by itself.
  return isTTY === true && columns !== undefined && columns > 0 ? columns : Number.POSITIVE_INFINITY;
}

/** Text wrapped between words at this many columns; continuation lines are indented by two more. */
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
