import { option } from '../errors.ts';
import { oddLetter } from './cells.ts';
import type { Fault } from './faults.ts';
import { linesOf, type Line } from './lines.ts';
import { textBlocks, type TextSource } from './text-source.ts';

/** A text a line, empty ones too, and lines that are none. A carriage return before a newline is none of the text. */
export async function* plainLines(source: TextSource): AsyncGenerator<Line | Fault> {
  for await (const { text, firstLine, bad } of textBlocks(source)) {
    const badLines = new Map(bad.map((each) => [each.line, each]));
    let number = firstLine - 1;
    for (const line of linesOf(text, source.newline)) {
      number++;
      const wrong = badLines.get(number);
      if (wrong !== undefined) {
        const hint = `Name its encoding with ${option('encoding')}: as windows-1252 the line begins "${wrong.sample}".`;
        yield { kind: 'bytes', at: number, what: wrong.what, hint };
      } else {
        yield oddLetter(line, number) ?? { text: source.newline === '\n' && line.endsWith('\r') ? line.slice(0, -1) : line, number };
      }
    }
  }
}
