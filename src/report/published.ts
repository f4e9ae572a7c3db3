import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { HarnessError, reason } from '../errors.ts';
import { packageRoot } from '../home.ts';
import { parseCsv } from '../results/csv.ts';
import { fixed } from '../results/format.ts';
import type { Row } from '../results/row.ts';
import { CONCAT_ALL } from '../results/encoder-names.ts';
import { OBJECTIVES } from './words.ts';
import { own } from '../own.ts';

/** The published scores (results/published.csv), for comparison with ours. */

/** The published score for a row, with two decimals; undefined if there is none. */
export type Published = (row: Row) => string | undefined;

export const NOTHING_PUBLISHED: Published = () => undefined;

/** Published names that differ from ours in more than case, `-` and `_`. */
const ENCODERS: Readonly<Record<string, string>> = {
  'bert-base': 'bert-base-cased',
  'longformer-base': 'longformer-base-4096',
  'bigbird-roberta-base-4096': 'bigbird-roberta-base',
  'bigbird-roberta-large-4096': 'bigbird-roberta-large',
};
const POOLINGS: Readonly<Record<string, string>> = { 'mean-layermean': 'layermean' };
/** Published protocol → ours and its split, for frozen encoders. */
const PROTOCOLS: Readonly<Record<string, readonly [protocol: string, split: string]>> = {
  complete: ['complete', 'all'],
  'fit-train, score train': ['fit-train', 'train'],
  'fit-train, score dev': ['fit-train', 'dev'],
  'fit-train, score test': ['fit-train', 'test'],
};
/** Published protocol → split, for fine-tuned encoders: their objective is in the column `setting`. */
const FINE_TUNED: Readonly<Record<string, string>> = { 'fine-tune: train, pick on dev, score test': 'test', dev: 'dev', test: 'test' };
const OBJECTIVE_WORDS = new Map([...OBJECTIVES].map(([word, title]) => [title, word]));
const COLUMNS = ['encoder', 'pooling', 'protocol', 'metric', 'dataset', 'score'] as const;

/** Reads a file of published scores. Default: the project's own. @throws HarnessError FORMAT */
export async function readPublished(file: string = path.join(packageRoot(), 'results', 'published.csv')): Promise<Published> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new HarnessError('FORMAT', { where: file, what: `Published scores cannot be read (${reason(error)}).` }, { cause: error });
  }
  return parsePublished({ text, file });
}

/** A published score, with our names. */
export interface PublishedResult {
  readonly table: string;
  readonly encoder: string;
  readonly dataset: string;
  readonly pooling: string;
  readonly protocol: string;
  readonly split: string;
  /** '' for a frozen encoder. */
  readonly objective: string;
  /** Micro-F1 as a percentage with two decimals. */
  readonly score: string;
}

/** Reads the project's own file of published scores. @throws HarnessError FORMAT */
export async function readPublishedResults(): Promise<PublishedResult[]> {
  const file = path.join(packageRoot(), 'results', 'published.csv');
  return publishedResults({ text: await readFile(file, 'utf8'), file });
}

/** The scores in the text of such a file. @throws HarnessError FORMAT with file and line. */
export function publishedResults({ text, file }: { readonly text: string; readonly file: string }): PublishedResult[] {
  const checkHeader = (header: readonly string[]): void => {
    const missing = COLUMNS.filter((column) => !header.includes(column));
    if (missing.length > 0) throw new HarnessError('FORMAT', { where: `${file}:1`, what: `Column ${missing.join(', ')} is missing.` });
  };
  const [first, ...records] = parseCsv({ text, file, checkHeader });
  const header = first?.cells ?? [];
  if (first === undefined) checkHeader(header);
  return records.flatMap(({ cells, line }) => {
    const value = (column: (typeof COLUMNS)[number] | 'setting' | 'table'): string => cells[header.indexOf(column)] ?? '';
    const evaluation = evaluationOf(value('protocol'), value('setting'));
    if (evaluation === undefined || value('metric') !== 'micro-F1') return [];
    if (!/^\d+(\.\d+)?$/.test(value('score'))) {
      throw new HarnessError('FORMAT', { where: `${file}:${line}`, what: `Score ${JSON.stringify(value('score'))} is not a number.` });
    }
    const [protocol, split, objective] = evaluation;
    return [
      {
        table: value('table'),
        encoder: own(ENCODERS, value('encoder')) ?? value('encoder'),
        dataset: value('dataset'),
        pooling: own(POOLINGS, value('pooling')) ?? value('pooling'),
        protocol,
        split,
        objective,
        score: fixed(Number(value('score')), 2),
      },
    ];
  });
}

/** Look-up in the text of such a file. @throws HarnessError FORMAT with file and line. */
export function parsePublished(params: { readonly text: string; readonly file: string }): Published {
  const scores = new Map<string, string>();
  /** Encoders of each table: the members of its concatenation. */
  const tables = new Map<string, Set<string>>();
  const concats: { readonly table: string; readonly cell: string }[] = [];
  for (const { table, encoder, dataset, pooling, protocol, split, objective, score } of publishedResults(params)) {
    const cell = key([encoder, dataset, pooling, protocol, split, objective]);
    if (encoder === CONCAT_ALL) concats.push({ table, cell });
    else tables.set(table, (tables.get(table) ?? new Set()).add(key([encoder])));
    // Some scores were published twice, with different values: that of the first table is used.
    if (!scores.has(cell)) scores.set(cell, score);
  }
  const membersOf = new Map(concats.map(({ table, cell }) => [cell, [...(tables.get(table) ?? [])].toSorted().join(';')]));
  return (row) => {
    if (!isComparable(row)) return undefined;
    const cell = key([row.encoder, row.dataset, row.pooling, row.protocol, row.split, row.objective]);
    // A concatenation of other encoders is another result.
    const members =
      row.encoder === CONCAT_ALL
        ? row.members
            .split(';')
            .map((name) => key([name]))
            .toSorted()
            .join(';')
        : undefined;
    return members === membersOf.get(cell) ? scores.get(cell) : undefined;
  };
}

/** Protocol, split and objective of a published score; undefined for one of another kind. */
function evaluationOf(protocol: string, setting: string): readonly [protocol: string, split: string, objective: string] | undefined {
  const frozen = own(PROTOCOLS, protocol);
  if (frozen !== undefined) return [...frozen, ''];
  const split = own(FINE_TUNED, protocol);
  const objective = objectiveOf(setting);
  if (split === undefined || objective === undefined) return undefined;
  return [objective === 'classic' ? 'head' : 'fit-train', split, objective];
}

/**
 * `CEA memory; lr 5e-5, …` and `CEA batch + all negatives (15 epochs)` begin with the objective; without one it is fine-tuning of a
 * classification head.
 */
function objectiveOf(setting: string): string | undefined {
  const name = setting
    .replace(/;.*$/, '')
    .replace(/\([^()]*\)$/, '')
    .trim();
  const namesOnlyRateAndBatch = /^\d[\d.]*(e-?\d+)?, \d+$/.test(name);
  return name === '' || namesOnlyRateAndBatch ? 'classic' : OBJECTIVE_WORDS.get(name);
}

/** Sample description of a dataset whose missing splits were held out from train: the published training did the same. */
const SPLITS_CUT = /^(test \d+ of train(, |$))?(dev \d+ of train)?(, duplicates together)?, seed \d+$/;

/** The published setting: five neighbours, Euclidean distance, uniform votes, one label per text, whole datasets, layers 0..L in means. */
function isComparable(row: Row): boolean {
  return (
    (row.protocol === 'head' || (row.k === '5' && row.metric === 'euclidean' && row.votes === 'uniform')) &&
    (row.sample === '' || (row.objective !== '' && SPLITS_CUT.test(row.sample))) &&
    row.dim === '' &&
    row.prompt === '' &&
    (row.concat_norm === '' || row.concat_norm === 'raw') &&
    row.label_field !== 'publisher' &&
    row.labels !== 'all' &&
    /^(last|0\.\.(L|\d+))$/.test(row.layers)
  );
}

/** Keys ignore case, `-` and `_`. */
function key(parts: readonly string[]): string {
  return parts.map((part) => part.toLowerCase().replace(/[-_]/g, '')).join('\n');
}
