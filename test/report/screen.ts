/** The screen of a terminal after a text with the few control sequences that progress bars use. For tests. */
export function screenOf(text: string): string[] {
  const lines: string[] = [''];
  let [row, column] = [0, 0];
  // oxlint-disable-next-line no-control-regex
  for (const [token, parameter, command] of text.matchAll(/\u001B\[(\d*)([A-Za-z])|\n|\r|[^\u001B\n\r]+/g)) {
    const count = parameter === '' || parameter === undefined ? 0 : Number(parameter);
    const line = lines[row] ?? '';
    if (token === '\n') {
      [row, column] = [row + 1, 0];
      if (lines.length <= row) lines.push('');
    } else if (token === '\r') column = 0;
    else if (command === undefined) {
      lines[row] = line.padEnd(column).slice(0, column) + token + line.slice(column + token.length);
      column += token.length;
    } else if (command === 'G') column = Math.max(0, count - 1);
    else if (command === 'A') row = Math.max(0, row - Math.max(1, count));
    else if (command === 'K') lines[row] = count === 2 ? '' : line.slice(0, column);
    else if (command === 'J') {
      lines[row] = line.slice(0, column);
      lines.splice(row + 1);
    } else throw new Error(`A sequence that this screen does not know: ${JSON.stringify(token)}`);
  }
  return lines;
}
