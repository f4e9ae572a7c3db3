import { HarnessError } from '../../src/errors.ts';
import type { ExperimentHost } from '../../src/experiment/experiment-host.ts';
import { batchedKeeper } from '../../src/experiment/batched-keeper.ts';
import { folderKeeper, memoryKeeper, type Keeper } from '../../src/experiment/keeper.ts';
import type { DatasetRef } from '../../src/experiment/refs.ts';
import type { Resources } from '../../src/experiment/resolve/experiment.ts';
import type { Shard } from '../../src/experiment/shard.ts';
import { Workspace } from '../../src/experiment/workspace.ts';
import type { QueueExecutor, WorkersUse } from '../../src/experiment/queue/queue-executor.ts';
import type { Progress } from '../../src/progress.ts';
import { loadDatasets } from '../../src/registry/datasets.ts';
import { loadModels } from '../../src/registry/models.ts';
import type { ResultsFolder } from '../../src/results/folder.ts';
import { dataChecks } from './data-check.ts';
import { fetchingTasks } from './fetching.ts';
import { interruption, type Interruption } from './interrupt.ts';
import { noted } from './noted.ts';
import type { QueueChoice } from '../flags/queue.ts';
import { isSet, text, texts, whole } from '../flags/options.ts';
import { openProgress } from './progress.ts';
import { say } from './say.ts';
import type { Arguments, Terminal } from '../command-module.ts';

/** Common surroundings of commands that run experiments: terminal, workspace, and abort by Ctrl-C. */
export interface Shell {
  readonly workspace: Workspace;
  readonly resources: Resources;
  readonly progress: Progress;
  /** Printed even without progress. */
  readonly warn: (line: string) => void;
  /** Keeps a warning for machine-readable output without printing it. */
  readonly note: (line: string) => void;
  /** Notes so far that the results do not show. */
  readonly notes: () => readonly string[];
  readonly quiet: boolean;
}

interface RegistryFiles {
  readonly modelsFile?: string | undefined;
  readonly datasetsFile?: string | undefined;
}

/** Throws OPTION and REGISTRY. */
export function openShell(argv: Arguments, { modelsFile, datasetsFile }: RegistryFiles, terminal: Terminal): Shell {
  const quiet = isSet(argv, 'quiet');
  const resources = { threads: whole(argv, 'threads')!, tokenBudget: whole(argv, 'token-budget') };
  const progress = openProgress({ stream: terminal.err, quiet });
  const said = noted((line) => (quiet ? say(terminal.err, line) : progress.log(line)));
  const workspace = new Workspace({
    models: loadModels(modelsFile),
    datasets: loadDatasets(datasetsFile),
    cacheDir: text(argv, 'cache')!,
    offline: isSet(argv, 'offline'),
    mirrors: texts(argv, 'mirror'),
    onDownload: fetchingTasks(progress),
    // Notes are not progress: they are printed even with --quiet.
    onNote: (note) => (quiet ? say(terminal.err, note) : progress.log(note)),
  });
  return { workspace, resources, progress, warn: said.warn, note: said.note, notes: () => [...workspace.notes, ...said.notes], quiet };
}

/** Runs an experiment whose results only the caller stores. `result`: undefined if a signal aborted it. */
export async function inMemory<T>(
  shell: Shell,
  datasets: readonly DatasetRef[],
  work: (host: ExperimentHost) => Promise<T>,
): Promise<{ readonly result: T | undefined; readonly status: number | undefined }> {
  return withSignal({ shell, datasets, keeper: memoryKeeper(), begin: () => undefined }, work);
}

export interface IntoFolder {
  readonly shell: Shell;
  readonly datasets: readonly DatasetRef[];
  readonly results: ResultsFolder;
  readonly shard?: Shard | undefined;
  readonly verbose?: boolean | undefined;
  /** Where its jobs are run. Default: in this process. */
  readonly queue?: QueueChoice | undefined;
}

/**
 * Runs an experiment into a results folder; Ctrl-C aborts it at a point from which it can be resumed. `status`: the exit status if a signal
 * aborted it.
 */
export async function intoFolder<T>(
  { shell, datasets, results, shard, verbose, queue }: IntoFolder,
  work: (host: ExperimentHost) => Promise<T>,
): Promise<{ readonly result: T; readonly status: number | undefined; readonly workers: WorkersUse | undefined }> {
  // Reports invalid tables before anything is computed.
  const folder = await folderKeeper(results);
  const batched = queue && batchedKeeper(folder);
  const begin = (digest: string): void => {
    if (results.begin(digest)) shell.progress.log(`${results.file}: resuming interrupted run.`);
  };
  const executor = queue && (await executorOf(queue, shell));
  try {
    const { result, status } = await withSignal({ shell, datasets, keeper: batched ?? folder, begin }, async (host) => {
      try {
        return await work({ ...host, shard, verbose, executor });
      } finally {
        await batched?.flush();
      }
    });
    if (result === undefined) throw new HarnessError('INTERNAL', { what: 'An experiment says what it has come to, however it ends.' });
    if (status !== undefined && queue !== undefined) {
      shell.warn(
        `Its jobs stay on ${queue.address.shown}: run the same command to collect the results, or \`bench queue clear\` to drop them.`,
      );
    }
    const workers = executor?.use;
    if (workers !== undefined && workers.machines.length > 1) {
      shell.warn(`Workers ran on different processors, which round differently: ${workers.machines.join('; ')}.`);
    }
    return { result, status, workers };
  } finally {
    await executor?.close();
  }
}

/** The queue's libraries are loaded only if needed. */
async function executorOf({ address, sendLimit }: QueueChoice, { progress, warn }: Shell): Promise<QueueExecutor> {
  const { QueueExecutor: Executor } = await import('../../src/experiment/queue/queue-executor.ts');
  return Executor.open({ address, sendLimit, progress, warn });
}

interface SignalParams extends Pick<IntoFolder, 'shell' | 'datasets'> {
  readonly keeper: Keeper;
  readonly begin: (digest: string) => void;
}

async function withSignal<T>(
  { shell, datasets, keeper, begin }: SignalParams,
  work: (host: ExperimentHost) => Promise<T>,
): Promise<{ readonly result: T | undefined; readonly status: number | undefined }> {
  const { workspace, resources, progress, warn, note } = shell;
  const checks = dataChecks({ datasets, progress, warn, note });
  const controller = new AbortController();
  const { signal } = controller;
  let interrupted: Interruption | undefined;
  try {
    const result = await work({
      workspace,
      keeper,
      resources,
      progress,
      warn,
      signal,
      onCheck: checks.add,
      onPlanned: (digest) => {
        checks.end();
        // Before that there is nothing to save: a signal ends the process, even during a download.
        interrupted = interruption(warn, controller);
        begin(digest);
      },
    });
    return { result, status: signal.aborted ? interrupted!.status : undefined };
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    return { result: undefined, status: interrupted!.status };
  } finally {
    interrupted?.end();
  }
}
