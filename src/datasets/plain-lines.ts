import { oddLetter } from './cells.ts';
import type { Fault } from './faults.ts';
import type { Line } from './lines.ts';
import { numberedLines } from './numbered-lines.ts';
import type { TextSource } from './text-source.ts';

/** A text a line, empty ones too, and lines that are none. A carriage return before a newline is none of the text. */
export async function* plainLines(source: TextSource): AsyncGenerator<Line | Fault> {
  for await (const line of numberedLines(source)) {
    if ('kind' in line) yield line;
    else {
      const { text, number } = line;
      yield oddLetter(text, number) ?? { text: source.newline === '\n' && text.endsWith('\r') ? text.slice(0, -1) : text, number };
    }
  }
}
