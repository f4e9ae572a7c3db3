import { option } from '../errors.ts';
import type { Fault } from './faults.ts';
import type { Block } from './line-blocks.ts';
import { linesOf, type Line } from './lines.ts';
import { textBlocks, type TextSource } from './text-source.ts';

/** Lines with their numbers, including empty ones, and those that are invalid in the encoding. */
export async function* numberedLines(source: TextSource): AsyncGenerator<Line | Fault> {
  for await (const block of textBlocks(source)) yield* blockLines(block, source.newline);
}

/** The same for one block. */
export function* blockLines({ text, firstLine, bad }: Block, newline: string): Generator<Line | Fault> {
  const badLines = new Map(bad.map((each) => [each.line, each]));
  let number = firstLine - 1;
  for (const line of linesOf(text, newline)) {
    number++;
    const wrong = badLines.get(number);
    if (wrong === undefined) yield { text: line, number };
    else {
      const hint = `Set ${option('encoding')}: as windows-1252 the line begins "${wrong.sample}".`;
      yield { kind: 'bytes', at: number, what: wrong.what, hint };
    }
  }
}
