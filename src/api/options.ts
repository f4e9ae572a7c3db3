import { availableParallelism } from 'node:os';
import { z } from 'zod';
import type { ExperimentHost } from '../experiment/experiment-host.ts';
import { folderKeeper, memoryKeeper } from '../experiment/keeper.ts';
import { checkRequest, REQUESTS, type Command } from '../experiment/read-request.ts';
import type { Resources } from '../experiment/resolve/experiment.ts';
import { Workspace } from '../experiment/workspace.ts';
import { HarnessError, option, shown } from '../errors.ts';
import { defaultCacheDir } from '../home.ts';
import { own } from '../own.ts';
import type { Progress } from '../progress.ts';
import { loadDatasets } from '../registry/datasets.ts';
import { loadModels } from '../registry/models.ts';
import { ResultsFolder } from '../results/folder.ts';
import { MOST_SHARDS } from '../results/shards.ts';
import { checkWritable } from '../results/write.ts';
import { dataCheckLines } from '../report/data-check.ts';
import { renamed } from './option-names.ts';
import { checkObject } from './check.ts';
import { eventProgress, type ExperimentEvent } from './events.ts';
import type { ExperimentOptions } from './experiment-options.ts';

const whole = (least: number) =>
  z
    .int()
    .min(least)
    .meta({ takes: `a whole number of at least ${least}` });

const SHAPE = z.strictObject({
  out: z.string().min(1).optional(),
  policy: z.enum(['same-inputs', 'overwrite', 'only-missing', 'prune-stale']).default('same-inputs'),
  cache: z.string().min(1).optional(),
  offline: z.boolean().default(false),
  mirrors: z.array(z.string()).default([]),
  threads: whole(1).optional(),
  tokenBudget: whole(1).optional(),
  shard: z
    .strictObject({
      index: whole(1),
      of: z
        .int()
        .min(1)
        .max(MOST_SHARDS)
        .meta({ takes: `a whole number from 1 to ${MOST_SHARDS}` }),
    })
    .refine(({ index, of }) => index <= of)
    .meta({ takes: 'an object of index and of, the first of them not above the second' })
    .optional(),
  signal: z
    .custom<AbortSignal>((value) => value instanceof AbortSignal)
    .meta({ takes: 'an AbortSignal' })
    .optional(),
  onEvent: z
    .custom<(event: ExperimentEvent) => void>((value) => typeof value === 'function')
    .meta({ takes: 'a function' })
    .optional(),
});

/** Where a trained model is saved, and whether with its training texts. */
const SAVED = { save: z.string().min(1).optional(), texts: z.boolean().optional() };

/** Options of each function: maps are stored only by the caller. */
const SHAPES = {
  run: SHAPE,
  rank: SHAPE,
  finetune: SHAPE.extend(SAVED),
  choose: SHAPE.omit({ shard: true }).extend({
    policy: z.enum(['same-inputs', 'overwrite']).default('same-inputs'),
    ...SAVED,
  }),
  map: SHAPE.omit({ out: true, policy: true, shard: true }),
} as const;

/** The request of a function, with defaults. @throws HarnessError OPTION */
export function checkedRequest<C extends Command>(command: C, request: unknown): z.output<(typeof REQUESTS)[C]> {
  checkObject('request', request);
  const given = own(request, 'command');
  if (given !== undefined && given !== command) {
    throw new HarnessError('OPTION', {
      where: option('command'),
      what: `The request is for ${shown(given)}, and this is ${command}.`,
      hint: 'Omit it.',
    });
  }
  return checkRequest<z.ZodObject>(REQUESTS[command], { ...request, command }) as z.output<(typeof REQUESTS)[C]>;
}

/** The opened resources of an experiment. */
export interface Opened {
  readonly workspace: Workspace;
  readonly resources: Resources;
  readonly progress: Progress;
  /** Notes for the user so far. */
  readonly notes: () => string[];
  /** Runs the work with results in the folder of the options, or in memory. Throws the signal's reason if it was aborted. */
  readonly run: <T>(work: (host: ExperimentHost) => Promise<T>) => Promise<Kept<T>>;
}

interface Kept<T> {
  readonly result: T;
  /** undefined: in memory only. */
  readonly results: ResultsFolder | undefined;
}

/** Messages use the API's option names. */
function calledEvents(onEvent: (event: ExperimentEvent) => void): (event: ExperimentEvent) => void {
  return (event) => onEvent('text' in event ? { ...event, text: renamed(event.text) } : event);
}

interface RegistryFiles {
  readonly modelsFile?: string | undefined;
  readonly datasetsFile?: string | undefined;
}

/** @throws HarnessError OPTION, REGISTRY */
export function openOptions(command: Command, given: ExperimentOptions, { modelsFile, datasetsFile }: RegistryFiles): Opened {
  checkObject('options', given);
  const checked: z.output<typeof SHAPE> = { policy: 'same-inputs', ...checkRequest(SHAPES[command], given) };
  const { out, policy, cache, offline, mirrors, threads = availableParallelism(), tokenBudget, shard, signal } = checked;
  const onEvent = checked.onEvent && calledEvents(checked.onEvent);
  const progress = eventProgress(onEvent);
  const warnings = new Set<string>();
  const warn = (text: string): void => {
    warnings.add(text);
    onEvent?.({ type: 'warning', text });
  };
  const workspace = new Workspace({
    models: loadModels(modelsFile),
    datasets: loadDatasets(datasetsFile),
    cacheDir: cache ?? defaultCacheDir(),
    offline,
    mirrors,
    onDownload: ({ name, done, total, ended }) => onEvent?.({ type: 'download', name, done, total, ended }),
    onNote: (text) => onEvent?.({ type: 'note', text }),
  });
  const resources = { threads, tokenBudget };
  return {
    workspace,
    resources,
    progress,
    notes: () => [...workspace.notes, ...warnings].map((note) => renamed(note)),
    async run(work) {
      signal?.throwIfAborted();
      if (out !== undefined) await checkWritable(out);
      const results = out === undefined ? undefined : await ResultsFolder.open({ folder: out, policy });
      const keeper = results === undefined ? memoryKeeper() : await folderKeeper(results);
      const result = await work({
        workspace,
        keeper,
        resources,
        progress,
        warn,
        signal,
        shard,
        onCheck: ({ check, truncation, before }) => {
          const said = new Set(before === undefined ? [] : dataCheckLines(before, []).map(({ text }) => text));
          for (const { kind, text } of dataCheckLines(check, truncation)) {
            if (said.has(text)) continue;
            if (kind === 'fact') progress.log(text);
            else warn(text);
          }
        },
        onPlanned: (digest) => void results?.begin(digest),
      });
      signal?.throwIfAborted();
      return { result, results };
    },
  };
}
