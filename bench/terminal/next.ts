import path from 'node:path';
import { own } from '../../src/own.ts';
import { say } from './say.ts';
import type { Terminal } from '../verb.ts';

/** How `bench` is called where this command was typed: through npm's script, through npx, or by itself. */
const WAYS: Readonly<Record<string, string>> = { bench: 'npm run bench --', npx: 'npx bench' };

/** A command that a person can take over as it stands. */
export function commandLine(words: readonly string[]): string {
  return [own(WAYS, process.env['npm_lifecycle_event'] ?? '') ?? 'bench', ...words.map(quoted)].join(' ');
}

/** A word as shells take it for one. */
function quoted(word: string): string {
  if (/^[\p{L}\p{M}\p{N}_@%+=:,./\\-]+$/u.test(word)) return word;
  return process.platform === 'win32' ? `"${word}"` : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

export interface WrittenParams {
  /** Results folder. */
  readonly folder: string;
  readonly files: readonly string[];
  /** A part of a run, and not the whole of it. */
  readonly isShard?: boolean | undefined;
  /** How many results there are, where those alone were shown that answer. */
  readonly shown?: number | undefined;
  /** The command to go on with; undefined: `bench report`. */
  readonly next?: readonly string[] | undefined;
}

/** Says where results are, and which command goes on from there. */
export function sayWritten({ err }: Pick<Terminal, 'err'>, { folder, files, isShard = false, shown, next }: WrittenParams): void {
  say(err, `Written: ${files.map((name) => path.join(folder, name)).join(', ')}`);
  const page = commandLine(['report', folder]);
  if (shown !== undefined && shown > 1) {
    say(
      err,
      `All ${shown} results: ${commandLine(['show', '--out', folder])}${next === undefined || isShard ? '' : `; as a page: ${page}`}`,
    );
  }
  if (isShard) say(err, `Next, with the other parts: ${commandLine(['merge', folder])} …`);
  else say(err, `Next: ${next === undefined ? page : commandLine(next)}`);
}
