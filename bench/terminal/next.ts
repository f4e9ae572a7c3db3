import path from 'node:path';
import { own } from '../../src/own.ts';
import { sayCommand, say } from './say.ts';
import type { Terminal } from '../command-module.ts';

/** How `bench` was called: through npm's script, through npx, or directly. */
const WAYS: Readonly<Record<string, string>> = { bench: 'npm run bench --', npx: 'npx bench' };

/** A command that can be copied as it is. */
export function commandLine(words: readonly string[]): string {
  return [own(WAYS, process.env['npm_lifecycle_event'] ?? '') ?? 'bench', ...words.map(quoted)].join(' ');
}

/** A word quoted for the shell. */
export function quoted(word: string): string {
  if (/^[\p{L}\p{M}\p{N}_@%+=:,./\\-]+$/u.test(word)) return word;
  return process.platform === 'win32' ? `"${word}"` : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** Prints the next command. */
export function sayNext({ err }: Pick<Terminal, 'err'>, words: readonly string[]): void {
  sayCommand(err, `Next: ${commandLine(words)}`);
}

export interface WrittenParams {
  /** Results folder. */
  readonly folder: string;
  readonly files: readonly string[];
  /** A shard instead of the whole run. */
  readonly isShard?: boolean | undefined;
  /** Total number of results, if only some were shown. */
  readonly shown?: number | undefined;
  /** The next command; `bench report` if undefined. */
  readonly next?: readonly string[] | undefined;
  /** Prints nothing. */
  readonly quiet: boolean;
}

/** Prints where results are, and the next command. */
export function sayWritten(terminal: Pick<Terminal, 'err'>, { folder, files, isShard = false, shown, next, quiet }: WrittenParams): void {
  if (quiet) return;
  const { err } = terminal;
  say(err, `Written: ${files.map((name) => path.join(folder, name)).join(', ')}`);
  const page = ['report', folder];
  if (shown !== undefined && shown > 1) sayCommand(err, `All ${shown} results: ${commandLine(['show', '--out', folder])}`);
  if (next !== undefined && !isShard) sayCommand(err, `As a page: ${commandLine(page)}`);
  if (isShard) sayCommand(err, `Next, with the other parts: ${commandLine(['merge', folder])} …`);
  else sayNext(terminal, next ?? page);
}
