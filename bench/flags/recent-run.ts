import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { inCommit } from '../../src/results/source.ts';
import { checkoutRoot, isOwnFolder, OWN_RESULTS, RESULTS } from './out-folder.ts';
import { say } from '../terminal/say.ts';
import type { Terminal } from '../command-module.ts';

/** Default results folder: that of the most recent run. */

/** Description in the help. */
export const RECENT = "the most recent run's";

/** Files that a run writes, and that a commit may contain too. */
const TABLES = ['results.csv', 'estimates.csv', 'training.csv'] as const;
/** Folders that contain results folders, below the working directory or the checkout. */
const PARENTS = ['.', RESULTS, OWN_RESULTS.checkout, OWN_RESULTS.elsewhere] as const;
/** Folders without results that are slow to search. */
const SKIPPED = new Set(['node_modules', 'dist']);

export interface RecentParams {
  readonly terminal: Pick<Terminal, 'err'>;
  /** The folder must have one of these with rows. */
  readonly files: readonly (typeof TABLES)[number][];
}

/** Prints which folder it is. `results` if no run has finished in any. */
export function recentFolder({ terminal, files }: RecentParams): string {
  const found = recentRun(files);
  say(terminal.err, found === undefined ? `Using ${RESULTS}: no folder is named, and no run has finished here.` : taken(found, files));
  return found ?? RESULTS;
}

/** The same for comparison with a commit: only if the commit has it, and silently if it is `results`. */
export async function recentInCommit({
  terminal,
  revision,
}: Pick<RecentParams, 'terminal'> & { readonly revision: string }): Promise<string> {
  const found = recentRun(['results.csv']);
  if (
    found === undefined ||
    path.resolve(found) === path.resolve(RESULTS) ||
    !(await inCommit({ revision, folder: found }).catch(() => false))
  )
    return RESULTS;
  say(terminal.err, taken(found, ['results.csv']));
  return found;
}

function taken(folder: string, files: RecentParams['files']): string {
  return `Using ${folder}, the most recent run in ${checkoutRoot() === undefined ? 'this folder' : 'this checkout'} with ${files.join(' or ')}.`;
}

/** Relative to the working directory; undefined if there is none. */
export function recentRun(files: RecentParams['files']): string | undefined {
  const base = checkoutRoot() ?? process.cwd();
  const found = PARENTS.flatMap((parent) => subfolders(path.join(base, parent))).filter((folder) =>
    files.some((file) => (dateOf(path.join(folder, file)) ?? 0) > 0),
  );
  const dated = found.flatMap((folder) => {
    const ended = endOf(folder);
    return ended === undefined ? [] : [{ folder, ended }];
  });
  const latest = dated.toSorted((a, b) => b.ended - a.ended)[0];
  return latest === undefined ? undefined : path.relative(process.cwd(), latest.folder) || '.';
}

/**
 * When a run last finished or wrote in a folder: from run.json, which git ignores. Modification times of tables count only in folders that
 * are never committed, or if a run was aborted there.
 */
function endOf(folder: string): number | undefined {
  const written = isOwnFolder(folder) || namesIn(folder).some((name) => name.startsWith('.running-'));
  const dates = [
    finishedOf(path.join(folder, 'run.json')),
    ...(written ? TABLES.map((name) => dateOf(path.join(folder, name))) : []),
  ].filter((date) => date !== undefined);
  return dates.length === 0 ? undefined : Math.max(...dates);
}

/** When the run of one of our run.json files finished, in milliseconds; undefined if it is not one. */
export function finishedOf(file: string): number | undefined {
  try {
    const { finished, command } = JSON.parse(readFileSync(file, 'utf8')) as { finished?: unknown; command?: unknown };
    const date = Date.parse(String(finished));
    return Array.isArray(command) && Number.isFinite(date) ? date : undefined;
  } catch {
    return undefined;
  }
}

/** When a file was written; undefined if it is missing or empty. */
function dateOf(file: string): number | undefined {
  try {
    const found = statSync(file);
    return found.isFile() && found.size > 0 ? found.mtimeMs : undefined;
  } catch {
    return undefined;
  }
}

function subfolders(folder: string): string[] {
  return namesIn(folder)
    .filter((name) => !name.startsWith('.') && !SKIPPED.has(name))
    .map((name) => path.join(folder, name));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
