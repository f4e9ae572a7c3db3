import { readFile } from 'node:fs/promises';
import path from 'node:path';
import yargs from 'yargs';
import type { RunPlan } from '../src/results/run-record.ts';
import { ownFolder, RESULTS } from './out-folder.ts';
import { text } from './options.ts';
import type { Arguments } from './verb.ts';

/** Flags that decide where the whole run would have written its results. */
const LIST = { type: 'string', array: true } as const;
const ONE = { type: 'string' } as const;
const DECISIVE = { model: LIST, dataset: LIST, 'models-file': ONE, 'datasets-file': ONE, datasets: ONE, suite: ONE } as const;

export interface MergedParams {
  /** Of `bench merge`. */
  readonly argv: Arguments;
  /** A part's results folder, and its plan. */
  readonly folder: string;
  readonly plan: RunPlan;
  /** Registry keys of data sets. */
  readonly registered: ReadonlySet<string>;
  readonly defaultSuite: string;
}

/** Where parts are put together: `--out`, or where the run of the parts' command, whole, would have gone. */
export async function mergedFolder({ argv, folder, plan, registered, defaultSuite }: MergedParams): Promise<string> {
  const named = text(argv, 'out');
  if (named !== undefined) return named;
  const flags = await flagsOf(folder);
  const isOwn = ['model', 'models-file', 'datasets-file'].some((flag) => flags[flag] !== undefined) || (flags['dataset'] !== undefined && plan.datasets.some((name) => !registered.has(name)));
  if (!isOwn) return RESULTS;
  return ownFolder(flags['dataset'] === undefined && flags['datasets'] === undefined ? [String(flags['suite'] ?? defaultSuite)] : plan.datasets);
}

/** Of the command in run.json; none where there is no such command. */
async function flagsOf(folder: string): Promise<Readonly<Record<string, unknown>>> {
  const command = await readFile(path.join(folder, 'run.json'), 'utf8').then((json) => (JSON.parse(json) as { command?: unknown }).command).catch(() => undefined);
  if (!Array.isArray(command)) return {};
  const flags = await yargs(command.map(String)).options(DECISIVE).parserConfiguration({ 'camel-case-expansion': false, 'boolean-negation': false, 'dot-notation': false })
    .version(false).help(false).exitProcess(false).fail(() => undefined).parse() as Record<string, unknown>;
  return Object.fromEntries(Object.keys(DECISIVE).map((flag) => [flag, flags[flag]]));
}
