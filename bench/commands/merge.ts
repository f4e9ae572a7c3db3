import path from 'node:path';
import { HarnessError } from '../../src/errors.ts';
import { groupBy } from '../../src/group-by.ts';
import { estimatesAnswer } from '../../src/report/verdict/estimates-answer.ts';
import { loadDatasets } from '../../src/registry/datasets.ts';
import { loadModels } from '../../src/registry/models.ts';
import type { OutputFailure } from '../../src/report/output/output.ts';
import { FORMATS } from '../../src/report/render.ts';
import { mergeCosts, readCosts, writeCosts } from '../../src/results/costs.ts';
import { mergeEstimates, readEstimates, writeEstimates } from '../../src/results/estimates.ts';
import { mergeCurves, readCurves, writeCurves } from '../../src/results/curves.ts';
import { ResultsFolder } from '../../src/results/folder.ts';
import { checkShards, missingResults, missingParts, readShard, type ShardResults } from '../../src/results/shards.ts';
import { mergeTimings, readTimings, writeTimings } from '../../src/results/timings.ts';
import { checkWritable } from '../../src/results/write.ts';
import { finish } from '../terminal/finish.ts';
import { mergedFolder } from '../flags/merged-folder.ts';
import { noted } from '../terminal/noted.ts';
import { isSet, QUIET_OPTION, text, WIDE_OPTION, word } from '../flags/options.ts';
import { POLICY_OPTIONS, policyOf } from '../flags/policy.ts';
import { commandRecord } from '../terminal/record.ts';
import { say } from '../terminal/say.ts';
import { titlesOf } from '../../src/report/registry-titles.ts';
import type { CommandModule } from '../command-module.ts';

/** `bench merge`: merges the shards of a run. */
export const command: CommandModule = {
  summary: 'Combine the results of `bench run`, `rank` or `finetune` with `--shard i/n`: the same bytes as one run.',
  usage: 'FOLDER …',
  options: {
    out: {
      type: 'string',
      requiresArg: true,
      defaultDescription: 'the folder of an unsharded run',
      describe: 'Folder for the combined results.',
    },
    ...POLICY_OPTIONS,
    overwrite: { type: 'boolean', describe: 'Replace results made from other files.' },
    format: { type: 'string', requiresArg: true, default: 'table', describe: `Output format: ${FORMATS.join(', ')}.` },
    ...WIDE_OPTION,
    ...QUIET_OPTION,
    'models-file': { type: 'string', requiresArg: true, describe: 'Registry of encoders (for titles).' },
    'datasets-file': { type: 'string', requiresArg: true, describe: 'Registry of datasets (for titles).' },
  },
  examples: [['bench merge shards/1 shards/2 shards/3 shards/4 --out results', 'Four machines, one table.']],
  async run(argv, terminal) {
    const started = new Date();
    const format = word(argv, 'format', FORMATS) ?? 'table';
    const folders = argv._.map(String);
    if (folders.length === 0)
      throw new HarnessError('OPTION', { what: 'No folder is named.', hint: 'Name the --out folders of `bench run --shard i/n`.' });
    const twice = folders.find((folder, i) => folders.some((other, j) => j < i && path.resolve(other) === path.resolve(folder)));
    if (twice !== undefined) throw new HarnessError('OPTION', { where: twice, what: 'It is named twice.', hint: 'Name each shard once.' });
    const shards: ShardResults[] = [];
    for (const folder of folders) shards.push(await readShard(folder));
    checkShards(shards);
    const datasets = loadDatasets(text(argv, 'datasets-file'));
    const { folder, plan, request } = shards[0]!;
    const out = await mergedFolder({ out: text(argv, 'out'), folder, plan, registered: new Set(loadDatasets(undefined).keys()) });
    const part = folders.find((one) => path.resolve(one) === path.resolve(out));
    if (part !== undefined)
      throw new HarnessError('OPTION', {
        where: part,
        what: 'It is one of the shards, and would be overwritten.',
        hint: 'Name another folder with --out.',
      });
    await checkWritable(out);
    const results = await ResultsFolder.open({ folder: out, policy: policyOf(argv) });
    // Reports invalid tables before anything is written.
    await readTimings(path.join(out, 'timings.csv'));
    const cells = shards.flatMap((shard) => shard.cells);
    const rows = cells.map(({ row }) => row);
    await results.check(rows);
    const kept = results.policy === 'only-missing' ? new Set(await keptOf(results, rows)) : new Set();
    await results.add(cells.filter(({ row }) => !kept.has(row)));
    const estimates = shards.flatMap((shard) => shard.estimates);
    if (estimates.length > 0) await keepEstimates(results, shards);
    const curves = shards.flatMap((shard) => shard.curves);
    if (curves.length > 0)
      await results.write('training.csv', async (file) =>
        writeCurves({ file, rows: mergeCurves({ old: await readCurves(file), fresh: curves }) }),
      );
    const timings = shards.flatMap((shard) => shard.timings);
    if (timings.length > 0) {
      await results.write('timings.csv', async (file) =>
        writeTimings({ file, rows: mergeTimings({ old: await readTimings(file), fresh: timings }) }),
      );
    }
    const failures = shards.flatMap((shard) => shard.failures);
    const titles = titlesOf({ models: loadModels(text(argv, 'models-file')), datasets });
    const said = noted((line) => say(terminal.err, line));
    const missing = missingResults(shards);
    if (missing.length > 0) said.warn(`Missing: ${missing.join('; ')}.`);
    await finish({
      command: 'merge',
      notes: () => said.notes,
      missing: missingOf(shards),
      results,
      rows,
      failures,
      titles,
      files: [
        ...(curves.length > 0 ? ['training.csv'] : []),
        ...(timings.length > 0 ? ['timings.csv'] : []),
        ...(estimates.length > 0 ? ['estimates.csv', 'costs.csv'] : []),
      ],
      format,
      terminal,
      warn: said.warn,
      interrupted: false,
      wide: isSet(argv, 'wide'),
      quiet: isSet(argv, 'quiet'),
      ranking:
        estimates.length === 0
          ? undefined
          : estimatesAnswer({
              estimates,
              recorded: { by: undefined, ranked: [] },
              titles,
              tty: terminal.width !== undefined,
              width: isSet(argv, 'wide') ? Number.POSITIVE_INFINITY : (terminal.width ?? Number.POSITIVE_INFINITY),
            }),
      record: commandRecord(
        {
          seed: 1,
          threads: 0,
          started,
          rows: [...rows, ...estimates],
          kept: kept.size,
          failures,
          plan: { ...plan, shard: null },
          request,
          sources: Object.assign({}, ...shards.map(({ sources }) => sources)) as Readonly<Record<string, string>>,
          // Each machine checked the datasets of its shard: the check of a dataset in several shards is kept once.
          data: uniqueBy(
            shards.flatMap(({ data }) => data),
            ({ dataset, sample }) => JSON.stringify([dataset, sample]),
          ),
          interrupted: false,
        },
        terminal,
      ),
    });
    return missing.length === 0 ? 0 : 1;
  },
};

/** Adds the estimates and costs of all shards to those in the folder. */
async function keepEstimates(results: ResultsFolder, shards: readonly ShardResults[]): Promise<void> {
  const fresh = shards.flatMap((shard) => shard.estimates);
  const costs = shards.flatMap((shard) => shard.costs);
  await results.write('estimates.csv', async (file) =>
    writeEstimates({ file, rows: mergeEstimates({ old: await readEstimates(file), fresh }) }),
  );
  await results.write('costs.csv', async (file) => writeCosts({ file, rows: mergeCosts({ old: await readCosts(file), fresh: costs }) }));
}

/** The first of each key. */
function uniqueBy<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  return [...groupBy(items, keyOf).values()].map(([first]) => first!);
}

/** What is missing from all shards, as failures of the whole. */
function missingOf(shards: readonly ShardResults[]): OutputFailure[] {
  const { absent, pairs } = missingParts(shards);
  return [
    ...absent.map((shard) => ({ reason: `Shard ${shard} is missing.` })),
    ...pairs.map((pair) => ({ ...pair, reason: 'No shard has it.' })),
  ];
}

/** Those of the rows that the folder has already. */
async function keptOf<R extends Parameters<ResultsFolder['kept']>[0][number]>(results: ResultsFolder, rows: readonly R[]): Promise<R[]> {
  const found: R[] = [];
  for (const row of rows) if ((await results.kept([row])) !== undefined) found.push(row);
  return found;
}
