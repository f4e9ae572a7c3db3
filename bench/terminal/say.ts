import { printable } from '../../src/report/text.ts';
import { flagged } from '../flags/flag-names.ts';

/** A line for a person. What it holds of names and texts from files is one line, and steers no terminal. */
export function say(stream: { write(text: string): unknown }, line: string): void {
  stream.write(`${printable(flagged(line))}\n`);
}
