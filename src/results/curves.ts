import { csvText, filled, parseTable } from './csv.ts';
import { fixed, percentOfFraction, significant } from './format.ts';
import { natural } from './order.ts';
import { broken, readText } from './read.ts';
import { writeWhole } from './write.ts';

/**
 * training.csv: learning curves of training runs, one row per epoch. Contains nothing that changes from run to run: rates and times are
 * elsewhere.
 */

export const CURVE_COLUMNS = [
  'encoder',
  'dataset',
  'pooling',
  'prompt',
  'objective',
  'seed',
  'epoch',
  'step',
  'lr',
  'loss',
  'gradient_norm',
  'dev_micro_f1',
  'dev_macro_f1',
  // Hash of all settings of the run: distinguishes two of the same name, by label field or length limit.
  'training',
  // Only of numbers.
  'dev_spearman',
  'dev_rmse',
  // Only of tags.
  'dev_span_f1',
  'dev_micro_f1_no_o',
  'dev_accuracy',
] as const;

/** Columns that a file has only if one of its runs fills them. */
const RARE = ['dev_spearman', 'dev_rmse', 'dev_span_f1', 'dev_micro_f1_no_o', 'dev_accuracy'] as const satisfies readonly CurveColumn[];

export type CurveColumn = (typeof CURVE_COLUMNS)[number];

/** One epoch of one run, as text in the CSV; '' if a value does not apply. */
export type CurveRow = Readonly<Record<CurveColumn, string>>;

/** One epoch of one run. Epoch 0 is before training: it has no loss, and its dev scores are those of the frozen encoder. */
export interface Epoch {
  readonly encoder: string;
  readonly dataset: string;
  readonly pooling: string;
  /** Prompt put before every text, as in results.csv; omitted if none. */
  readonly prompt?: string | undefined;
  readonly objective: string;
  readonly seed: number;
  /** Hash of the run's settings. */
  readonly training: string;
  readonly epoch: number;
  /** Optimiser steps since the start. */
  readonly step: number;
  /** Learning rate of the epoch's last step. */
  readonly learningRate?: number | undefined;
  /** Mean over the epoch's steps. */
  readonly loss?: number | undefined;
  /** Global norm before clipping, mean over the epoch's steps. */
  readonly gradientNorm?: number | undefined;
  /** Fractions from 0 to 1 for classes; for numbers their rank correlation, if defined, and error. Omitted without a dev set. */
  readonly dev?:
    { readonly microF1: number; readonly macroF1: number } | { readonly spearman?: number; readonly rmse: number } | TagsOnDev | undefined;
}

/** Fractions, 0 to 1. */
export interface TagsOnDev {
  /** If tags mark spans. */
  readonly spanF1?: number | undefined;
  /** If there is an O tag. */
  readonly microF1NoO?: number | undefined;
  readonly accuracy: number;
  /** Mean over tags, without O if there is one. */
  readonly macroF1: number;
}

/** The columns that identify the run of a row. */
const RUN: readonly CurveColumn[] = ['encoder', 'dataset', 'pooling', 'prompt', 'objective', 'seed', 'training'];
const ORDER: readonly CurveColumn[] = ['dataset', 'encoder', 'pooling', 'prompt', 'objective', 'seed', 'training', 'epoch'];
/** Without these a file does not hold training curves; every other column may be missing. */
const FILLED: readonly CurveColumn[] = ['encoder', 'dataset', 'pooling', 'objective', 'seed', 'epoch'];
const WHOLE: readonly CurveColumn[] = ['seed', 'epoch', 'step'];
const NUMBERS: readonly CurveColumn[] = ['lr', 'loss', 'gradient_norm', 'dev_spearman', 'dev_rmse'];
const SCORES: readonly CurveColumn[] = ['dev_micro_f1', 'dev_macro_f1', 'dev_span_f1', 'dev_micro_f1_no_o', 'dev_accuracy'];
/** float32 has at most seven significant digits, and the seventh differs between processors. */
const DIGITS = 6;

export function curveRow({
  encoder,
  dataset,
  pooling,
  prompt = '',
  objective,
  seed,
  training,
  epoch,
  step,
  learningRate,
  loss,
  gradientNorm,
  dev,
}: Epoch): CurveRow {
  return {
    encoder,
    dataset,
    pooling,
    prompt,
    objective,
    seed: String(seed),
    epoch: String(epoch),
    step: String(step),
    lr: significant(learningRate ?? Number.NaN, DIGITS),
    loss: significant(loss ?? Number.NaN, DIGITS),
    gradient_norm: significant(gradientNorm ?? Number.NaN, DIGITS),
    ...devColumns(dev),
    training,
  };
}

/** Decimals of a correlation, and significant digits of an error, as in rows of results. */
const [CORRELATION_DECIMALS, ERROR_DIGITS] = [4, 5];

type DevColumn = Extract<CurveColumn, `dev_${string}`>;

function devColumns(dev: Epoch['dev']): Record<DevColumn, string> {
  const none = {
    dev_micro_f1: '',
    dev_macro_f1: '',
    dev_spearman: '',
    dev_rmse: '',
    dev_span_f1: '',
    dev_micro_f1_no_o: '',
    dev_accuracy: '',
  };
  if (dev === undefined) return none;
  if ('microF1' in dev) return { ...none, dev_micro_f1: percentOfFraction(dev.microF1), dev_macro_f1: percentOfFraction(dev.macroF1) };
  if ('accuracy' in dev) {
    const { spanF1 = Number.NaN, microF1NoO = Number.NaN, accuracy, macroF1 } = dev;
    return {
      ...none,
      dev_span_f1: percentOfFraction(spanF1),
      dev_micro_f1_no_o: percentOfFraction(microF1NoO),
      dev_accuracy: percentOfFraction(accuracy),
      dev_macro_f1: percentOfFraction(macroF1),
    };
  }
  return { ...none, dev_spearman: fixed(dev.spearman ?? Number.NaN, CORRELATION_DECIMALS), dev_rmse: significant(dev.rmse, ERROR_DIGITS) };
}

/** Columns of a file of these rows. */
export function curveColumns(rows: readonly CurveRow[]): readonly CurveColumn[] {
  return filled<CurveColumn>(CURVE_COLUMNS, RARE, rows);
}

/** The rows of a file after a run: a repeated run replaces all its old epochs, the other runs stay. */
export function mergeCurves({ old, fresh }: { readonly old: readonly CurveRow[]; readonly fresh: readonly CurveRow[] }): CurveRow[] {
  const anew = new Set(fresh.map(runKey));
  return [...old.filter((row) => !anew.has(runKey(row))), ...fresh];
}

/** The file as text: the same rows in any order give the same bytes. */
export function csvOfCurves(rows: readonly CurveRow[]): string {
  return csvText({ columns: curveColumns(rows), rows: rows.toSorted(compareRows) });
}

/** Writes training.csv atomically. @throws HarnessError OUTPUT */
export async function writeCurves({ file, rows }: { readonly file: string; readonly rows: readonly CurveRow[] }): Promise<void> {
  await writeWhole({ file, text: csvOfCurves(rows) });
}

/** Reads training.csv; a file that does not exist has no rows. @throws HarnessError FORMAT with file and line. */
export async function readCurves(file: string): Promise<CurveRow[]> {
  const text = await readText(file);
  return text === undefined ? [] : parseCurves({ text, file });
}

/** Rows from the text of such a file. `file`: its name in errors. @throws HarnessError FORMAT with file and line. */
export function parseCurves({ text, file }: { readonly text: string; readonly file: string }): CurveRow[] {
  const { header, records } = parseTable({ text, file, needed: FILLED, what: 'a file of training curves' });
  const lines = new Map<string, number>();
  return records.map(({ cells, line }) => {
    const row = Object.fromEntries(CURVE_COLUMNS.map((column) => [column, cells[header.indexOf(column)] ?? ''])) as CurveRow;
    checkValues(row, `${file}:${line}`);
    const key = JSON.stringify([...RUN, 'epoch' as const].map((column) => row[column]));
    const known = lines.get(key);
    if (known !== undefined)
      throw broken(`${file}:${line}`, `The same epoch of the same run as line ${known}.`, 'Delete one of the two lines.');
    lines.set(key, line);
    return row;
  });
}

function checkValues(row: CurveRow, where: string): void {
  for (const column of FILLED) {
    if (row[column] === '') throw broken(where, `Column ${column} is empty.`);
  }
  const refuse = (columns: readonly CurveColumn[], isGood: (text: string) => boolean, want: string): void => {
    const bad = columns.find((column) => row[column] !== '' && !isGood(row[column]));
    if (bad !== undefined) throw broken(where, `Column ${bad} is ${JSON.stringify(row[bad])}, not ${want}.`);
  };
  refuse(WHOLE, (text) => /^\d+$/.test(text), 'a whole number');
  refuse(NUMBERS, (text) => /^-?\d+(\.\d+)?(e[-+]?\d+)?$/.test(text), 'a number');
  refuse(SCORES, (text) => /^\d+(\.\d+)?$/.test(text) && Number(text) <= 100, 'a percentage');
}

function runKey(row: CurveRow): string {
  return JSON.stringify(RUN.map((column) => row[column]));
}

function compareRows(a: CurveRow, b: CurveRow): number {
  for (const column of ORDER) {
    const order = natural(a[column], b[column]);
    if (order !== 0) return order;
  }
  return 0;
}
