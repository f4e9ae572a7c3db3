import path from 'node:path';
import { choose } from '../../src/index.ts';
import { csvText, parseTable } from '../../src/results/csv.ts';
import { readText } from '../../src/results/read.ts';
import { writeWhole } from '../../src/results/write.ts';
import type { Settled, StudyObjective } from './jobs.ts';
import { MAX_LENGTH, trainingOf, type WorkParams } from './work.ts';

/** real.csv: choices that were made, to be compared with their replay. */
const COLUMNS = ['dataset', 'objective', 'encoders', 'seeds', 'budget_texts', 'winner', 'trainings', 'spent_texts', 'sentence'] as const;
/** `encoders`: separated by blanks, as in the request. */
export type RealRow = Readonly<Record<(typeof COLUMNS)[number], string>>;

export interface RealParams extends Settled {
  readonly dataset: string;
  readonly objective: StudyObjective;
  readonly encoders: readonly string[];
  readonly seeds: readonly number[];
  /** In text passes: the same choice on every machine. */
  readonly budgetTexts: number;
  /** Number of texts to train on. */
  readonly train: number;
}

/** Chooses one of the study's encoders as `bench choose` does, and adds the outcome to real.csv. */
export async function realChoice(params: RealParams, { out, cache, threads, held, weightsOf, dataOf, say }: WorkParams): Promise<void> {
  const { dataset, objective, encoders, seeds, budgetTexts, train } = params;
  const file = await dataOf(dataset, { train, ...held }, '');
  const { sentences, rows } = await choose(
    {
      ...trainingOf(params),
      encoders: encoders.map((name) => `${name}=${weightsOf(name)}`),
      datasets: [file],
      splitColumn: 'split',
      maxLength: MAX_LENGTH,
      objective,
      seed: [...seeds],
      budgetTexts,
    },
    { cache, threads, offline: true, onEvent: (event) => void ('text' in event && say(event.text)) },
  );
  const trainings = rows.filter((row) => row.train !== null);
  const row: RealRow = {
    dataset,
    objective,
    encoders: encoders.join(' '),
    seeds: seeds.join(' '),
    budget_texts: String(budgetTexts),
    winner: rows[0]!.encoder,
    trainings: String(trainings.length),
    spent_texts: String(trainings.reduce((sum, { cost }) => sum + (cost ?? 0), 0)),
    sentence: sentences[0]!,
  };
  const kept = (await readReal(out)).filter((each) => keyOf(each) !== keyOf(row));
  await writeWhole({ file: realFile(out), text: csvText({ columns: COLUMNS, rows: [...kept, row] }) });
}

/** Empty if none were made. */
export async function readReal(out: string): Promise<RealRow[]> {
  const text = await readText(realFile(out));
  if (text === undefined) return [];
  const { header, records } = parseTable({ text, file: realFile(out), needed: COLUMNS, what: 'a file of choices' });
  return records.map(({ cells }) => Object.fromEntries(COLUMNS.map((column) => [column, cells[header.indexOf(column)]!])) as RealRow);
}

function realFile(out: string): string {
  return path.join(out, 'real.csv');
}

function keyOf({ dataset, objective, encoders, budget_texts: budget }: RealRow): string {
  return JSON.stringify([dataset, objective, encoders, budget]);
}
