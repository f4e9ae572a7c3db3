import { printable } from '../../src/report/text.ts';
import { columnsOf, wrapped } from '../../src/report/wrapped.ts';
import { flagged } from '../flags/flag-names.ts';

interface Lines {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/**
 * Prints a message, wrapped between words at the terminal's width. Names and texts from files in it are printed on one line, without
 * control characters.
 */
export function say(stream: Lines, line: string): void {
  stream.write(`${wrapped(printable(flagged(line)), columnsOf(stream))}\n`);
}

/** The same for a line with a command to copy, which is not wrapped. */
export function sayCommand(stream: Lines, line: string): void {
  stream.write(`${printable(flagged(line))}\n`);
}
