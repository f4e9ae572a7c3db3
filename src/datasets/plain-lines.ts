import { oddLetter } from './cells.ts';
import type { Fault } from './faults.ts';
import type { Line } from './lines.ts';
import { numberedLines } from './numbered-lines.ts';
import type { TextSource } from './text-source.ts';

/** One text per line, including empty ones, and invalid lines. A carriage return before a newline is removed. */
export async function* plainLines(source: TextSource): AsyncGenerator<Line | Fault> {
  for await (const line of numberedLines(source)) {
    if ('kind' in line) yield line;
    else {
      const { text, number } = line;
      yield oddLetter(text, number) ?? { text: source.newline === '\n' && text.endsWith('\r') ? text.slice(0, -1) : text, number };
    }
  }
}
