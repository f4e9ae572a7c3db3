import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { HarnessError, option, reason } from '../errors.ts';
import { readRows } from './csv.ts';
import { readCurves, type CurveRow } from './curves.ts';
import { predictionsFile, outcomesOf, readPredictions } from './predictions.ts';
import { readCosts, type CostRow } from './costs.ts';
import { readEstimates, type EstimateRow } from './estimates.ts';
import { resultKey } from './merge.ts';
import type { Failure, Row } from './row.ts';
import type { DataRecord, RunPlan } from './run-record.ts';
import { agrees, type ScoredCell } from './scored.ts';
import { readTimings, type TimingRow } from './timings.ts';

/** Results of one shard of a run. */
export interface ShardResults {
  readonly folder: string;
  readonly plan: RunPlan;
  /** Request of the whole run; undefined if its record has none. */
  readonly request: object | undefined;
  readonly cells: readonly ScoredCell[];
  readonly failures: readonly Failure[];
  readonly curves: readonly CurveRow[];
  readonly timings: readonly TimingRow[];
  /** Only of a ranking. */
  readonly estimates: readonly EstimateRow[];
  readonly costs: readonly CostRow[];
  /** Hub datasets at their commits. */
  readonly sources: Readonly<Record<string, string>>;
  /** Data checks of the datasets. */
  readonly data: readonly DataRecord[];
}

/** Reads the results folder of a shard. Throws OPTION if it is not one, FORMAT if a file is broken. */
export async function readShard(folder: string): Promise<ShardResults> {
  const { plan, failures, sources = {}, data = [], request } = await readRecord(path.join(folder, 'run.json'));
  if (request?.command === 'rank') {
    const estimates = await readEstimates(path.join(folder, 'estimates.csv'));
    const costs = await readCosts(path.join(folder, 'costs.csv'));
    return {
      folder,
      plan,
      request: request ?? undefined,
      cells: [],
      failures,
      curves: [],
      timings: [],
      estimates,
      costs,
      sources,
      data: data.map(dataOf),
    };
  }
  const file = path.join(folder, 'results.csv');
  const { rows } = await readRows(file);
  const cells: ScoredCell[] = [];
  for (const row of rows) {
    const predictions = predictionsFile(folder, row.dataset);
    const read = await readPredictions(predictions);
    const outcomes = outcomesOf(read, resultKey(row), predictions);
    if (outcomes === undefined || !agrees(row, outcomes)) {
      throw new HarnessError('FORMAT', {
        where: file,
        what: `${row.encoder} on ${row.dataset}, ${row.pooling}: its predictions ${outcomes === undefined ? 'are missing' : 'give another score'}.`,
        hint: 'Copy the whole folder of that shard again.',
      });
    }
    cells.push({ row, outcomes, classes: read.truths.get(read.cells.get(resultKey(row))!.truth)!.classes });
  }
  return {
    folder,
    plan,
    request: request ?? undefined,
    cells,
    failures,
    curves: await readCurves(path.join(folder, 'training.csv')),
    timings: await readTimings(path.join(folder, 'timings.csv')),
    estimates: [],
    costs: [],
    sources,
    data: data.map(dataOf),
  };
}

function dataOf({
  test_in_train: testInTrain,
  dev_in_train: devInTrain,
  test_in_dev: testInDev,
  ...found
}: z.infer<typeof dataRecord>): DataRecord {
  return { ...found, testInTrain: testInTrain ?? undefined, devInTrain: devInTrain ?? undefined, testInDev: testInDev ?? undefined };
}

/** More than anyone merges; a number from a file must not determine how much is listed. */
export const MOST_SHARDS = 10_000;

const count = z.number().int().nonnegative();

const dataRecord = z.object({
  dataset: z.string(),
  sample: z.string(),
  texts: count,
  splits: z.record(z.string(), count),
  empty: count,
  duplicates: count,
  conflicting: count,
  test_in_train: count.nullable(),
  dev_in_train: count.nullable(),
  test_in_dev: count.nullable(),
  findings: z.array(z.string()),
});

const runRecord = z.looseObject({
  request: z.looseObject({ command: z.string() }).nullish(),
  plan: z.looseObject({
    digest: z.string(),
    shard: z
      .string()
      .regex(/^[1-9]\d*\/[1-9]\d*$/)
      .refine((shard) => Number(shard.split('/')[1]) <= MOST_SHARDS)
      .nullable(),
    encoders: z.array(z.string()),
    datasets: z.array(z.string()),
  }),
  failures: z.array(
    z.looseObject({
      encoder: z.string(),
      dataset: z.string(),
      pooling: z.string().optional(),
      dim: z.string().optional(),
      prompt: z.string().optional(),
      objective: z.string().optional(),
      reason: z.string(),
    }),
  ),
  sources: z.record(z.string(), z.string()).optional(),
  data: z.array(dataRecord).optional(),
});

async function readRecord(file: string): Promise<z.infer<typeof runRecord>> {
  const none = (what: string) =>
    new HarnessError('OPTION', { where: file, what, hint: `Give the ${option('out')} folders of \`bench run --shard i/n\`.` });
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw none(`Cannot be read (${reason(error)}).`);
  }
  const { data } = runRecord.safeParse(value);
  if (data === undefined) throw none('It is not a run.json of a planned run.');
  return data;
}

/** Throws OPTION unless these are distinct shards of the same plan, with every encoder and dataset from the same files in all of them. */
export function checkShards(shards: readonly ShardResults[]): void {
  const [first] = shards;
  for (const { folder, plan } of shards) {
    const refuse = (what: string) =>
      new HarnessError('OPTION', { where: folder, what, hint: 'Merge the shards of one command, run at one commit.' });
    if (plan.digest !== first!.plan.digest)
      throw refuse(`It belongs to a different run from ${first!.folder}: encoders, datasets or settings differ.`);
    if (shardsOf(plan) !== shardsOf(first!.plan))
      throw refuse(`It is one of ${shardsOf(plan)} shards, but ${first!.folder} is one of ${shardsOf(first!.plan)}.`);
    const twin = shards.find((other) => other.folder !== folder && other.plan.shard === plan.shard);
    if (twin !== undefined) throw refuse(`It is the same shard as ${twin.folder}.`);
  }
  sameInputs(
    shards,
    'encoder',
    ({ encoder, dtype, attention, max_length: length, prompt, device }) => [encoder, dtype, attention, length, prompt, device],
    ['file_hash', 'tokenizer_hash', 'revision'],
  );
  sameInputs(shards, 'dataset', ({ dataset, label_field: field, sample }) => [dataset, field, sample], ['data_hash']);
}

/** Columns that rows and estimates have in common. */
type Made = Pick<Row, keyof Row & keyof EstimateRow>;

function sameInputs(
  shards: readonly ShardResults[],
  what: string,
  nameOf: (row: Made) => string[],
  columns: readonly (keyof Made)[],
): void {
  const seen = new Map<string, { readonly row: Made; readonly folder: string }>();
  for (const { folder, cells, estimates } of shards) {
    for (const row of [...cells.map((cell) => cell.row), ...estimates]) {
      const key = JSON.stringify(nameOf(row));
      const known = seen.get(key);
      if (known === undefined) {
        seen.set(key, { row, folder });
        continue;
      }
      const column = columns.find((each) => known.row[each] !== row[each]);
      if (column !== undefined) {
        throw new HarnessError('OPTION', {
          where: folder,
          what: `Its ${what} ${nameOf(row)[0]} differs from that of ${known.folder} (${column} ${row[column]} here, ${known.row[column]} there).`,
          hint: 'Pin files by revision and hash, and run the shards again.',
        });
      }
    }
  }
}

/** What the whole run was to have and the shards do not: missing shards, failed results, pairs without a row. A phrase each. */
export function missingResults(shards: readonly ShardResults[]): string[] {
  const { absent, pairs } = missingParts(shards);
  return [
    ...absent.map((shard) => `shard ${shard}`),
    ...shards
      .flatMap((shard) => shard.failures)
      .map(
        ({ encoder, dataset, pooling, dim, prompt, reason: why }) =>
          `${[`${encoder} on ${dataset}`, pooling, dim && `${dim} numbers`, prompt && `prompt ${prompt}`].filter((word) => word).join(', ')} (${why})`,
      ),
    ...pairs.map(({ encoder, dataset }) => `${encoder} on ${dataset}`),
  ];
}

/** The missing shards, as `2/4`, and the encoders and datasets of which no shard has a row or a failure. */
export function missingParts(shards: readonly ShardResults[]): { readonly absent: readonly string[]; readonly pairs: readonly Pair[] } {
  const { plan } = shards[0]!;
  const of = shardsOf(plan);
  const there = new Set(shards.map((shard) => shard.plan.shard));
  const absent = plan.shard === null ? [] : Array.from({ length: of }, (_, i) => `${i + 1}/${of}`).filter((each) => !there.has(each));
  const rows = shards.flatMap(({ cells, estimates }) => [...cells.map(({ row }) => row), ...estimates]);
  const failures = shards.flatMap((shard) => shard.failures);
  const pairs = plan.datasets.flatMap((dataset) => plan.encoders.map((encoder) => ({ encoder, dataset })));
  return { absent, pairs: pairs.filter((pair) => !isAmong(pair, rows) && !isAmong(pair, failures)) };
}

interface Pair {
  readonly encoder: string;
  readonly dataset: string;
}

function isAmong(pair: Pair, list: readonly Pair[]): boolean {
  return list.some(({ encoder, dataset }) => encoder === pair.encoder && dataset === pair.dataset);
}

function shardsOf({ shard }: RunPlan): number {
  return shard === null ? 1 : Number(shard.split('/')[1]);
}
