import path from 'node:path';
import { SPLITS, type ClassificationDataset, type Dataset } from '../../src/datasets/dataset.ts';
import { groupBy } from '../../src/group-by.ts';
import { encoderParameters } from '../../src/encoders/cost.ts';
import { inputText } from '../../src/encoders/encoder-input.ts';
import { confusionsOf } from '../../src/report/html/confusions.ts';
import { PageTexts } from '../../src/report/html/texts.ts';
import type { Browser, Confusion, Corpus, Cost } from '../../src/report/page/data.ts';
import type { Progress } from '../../src/progress.ts';
import { CONCAT_ALL } from '../../src/results/encoder-names.ts';
import { predictionsFile, outcomesOf, readPredictions, type Predictions } from '../../src/results/predictions.ts';
import { resultKey } from '../../src/results/merge.ts';
import type { Row } from '../../src/results/row.ts';
import { agrees } from '../../src/results/scored.ts';
import { scoreColumn } from '../../src/results/task-scores.ts';
import { ofClasses, type ClassOutcomes, type Outcomes } from '../../src/statistics/outcomes.ts';
import { withClasses } from '../../src/datasets/task.ts';
import { browse } from '../../src/experiment/browsing.ts';
import { unopened, type ReportInputs } from './report-inputs.ts';

/** Maximum number of results with a confusion matrix: the page is one file that a browser loads whole. */
const MOST_CELLS = 200;

export interface ReportDataParams {
  readonly folder: string;
  /** In the order of the results table. */
  readonly rows: readonly Row[];
  readonly inputs: ReportInputs;
  /** Number of texts to browse per result; 0: none. */
  readonly neighbours: number;
  /** Whether the page contains texts of the data. */
  readonly texts: boolean;
  readonly seed: number;
  readonly threads: number;
  /** Encoders whose parameter count is known without their files. */
  readonly counted: ReadonlySet<string>;
  readonly progress: Progress;
  readonly warn: (line: string) => void;
}

export interface ReportData {
  readonly corpora: readonly Corpus[];
  /** Corpus of each row. */
  readonly rowCorpora: readonly number[];
  readonly confusions: readonly Confusion[];
  readonly browsers: readonly Browser[];
  readonly costs: readonly Cost[];
  /** By dataset. */
  readonly predictions: ReadonlyMap<string, Predictions>;
  /** Predictions for the texts of a row; undefined if they are missing, or do not match the row. */
  readonly outcomes: (row: Row) => Outcomes | undefined;
  readonly notes: { readonly confusion: string[]; readonly neighbours: string[]; readonly cost: string[] };
}

/** A corpus while the page is being built. */
interface Open {
  readonly rows: readonly Row[];
  readonly corpus: Corpus & { readonly texts: Record<number, string> };
  readonly dataset: Dataset | undefined;
}

/** What the page shows of texts, vectors and encoders: inputs that cannot be opened are reported, and the rest is shown. */
export async function reportData(params: ReportDataParams): Promise<ReportData> {
  const { rows, neighbours, texts } = params;
  const notes: ReportData['notes'] = { confusion: [], neighbours: [], cost: [] };
  const predictions = await predictionsOf(params);
  const outcomes = (row: Row): Outcomes | undefined => {
    const found = outcomesOf(predictions.get(row.dataset)!, resultKey(row), `predictions of ${row.dataset}`);
    return found !== undefined && agrees(row, found) ? found : undefined;
  };
  const pageTexts = new PageTexts();
  const opens: Open[] = [];
  const kept = confusionRows(rows, predictions);
  for (const own of groupBy(rows, corpusKey).values()) {
    opens.push(await openCorpus(own, { params, predictions: predictions.get(own[0]!.dataset)!, wanted: neighbours > 0 || texts, notes }));
  }

  const browsed: { readonly open: Open; readonly row: Row }[] =
    neighbours === 0
      ? []
      : opens.flatMap((open) => {
          if (open.dataset === undefined) return [];
          const row = bestFrozen(open.rows);
          if (isBrowsed(open.dataset)) return row === undefined ? [] : [{ open, row }];
          notes.neighbours.push(
            `${open.corpus.dataset}: Neighbours are shown for single texts with classes; this dataset has ${itemsOf(open.dataset)}.`,
          );
          return [];
        });
  const { browsers, costs } = await throughEncoders({ params, opens, browsed, outcomes, notes });

  const confusions: Confusion[] = [];
  for (const [at, open] of opens.entries()) {
    const unconfused = new Set<'numbers' | 'tags'>();
    for (const row of open.rows) {
      const found = kept.has(row) ? outcomes(row) : undefined;
      if (found === undefined) continue;
      if (found.kind === 'numbers' || found.kind === 'tags') {
        unconfused.add(found.kind);
        continue;
      }
      const one = confusionsOf(found, texts && open.dataset !== undefined ? rowsOf(row, open.dataset, found) : undefined);
      confusions.push({ row: rows.indexOf(row), corpus: at, ...one });
      if (open.dataset !== undefined) pageTexts.take(one.examples.flat(), shownTexts(open.dataset), open.corpus.texts);
    }
    for (const kind of unconfused) {
      notes.confusion.push(
        `${open.corpus.dataset}: ${kind === 'numbers' ? 'Numbers have no confusion matrix' : 'Tags have no confusion matrix here'}.`,
      );
    }
  }
  for (const { corpus, items } of browsers) {
    const { dataset, corpus: page } = opens[corpus]!;
    if (texts)
      pageTexts.take(
        items.flatMap((item) => [item.row, ...item.neighbours.map(({ row }) => row)]),
        dataset!.texts,
        page.texts,
      );
  }
  const withPredictions = rows.filter((row) => predictions.get(row.dataset)!.cells.has(resultKey(row))).length;
  if (withPredictions > kept.size)
    notes.confusion.push(`The page has the confusion matrices of the best ${kept.size} of ${withPredictions} results.`);
  if (!texts) for (const list of [notes.confusion, notes.neighbours]) list.push('Texts were left out of the page (`--texts=false`).');
  notes.neighbours.push(...pageTexts.notes);
  const places = new Map(opens.flatMap((open, at) => open.rows.map((row) => [row, at])));
  return {
    corpora: opens.map(({ corpus }) => corpus),
    rowCorpora: rows.map((row) => places.get(row)!),
    confusions,
    browsers,
    costs,
    predictions,
    outcomes,
    notes,
  };
}

async function predictionsOf({ rows, folder }: ReportDataParams): Promise<Map<string, Predictions>> {
  const found = new Map<string, Predictions>();
  for (const dataset of new Set(rows.map((row) => row.dataset))) {
    found.set(dataset, await readPredictions(predictionsFile(folder, dataset)));
  }
  return found;
}

/** Score that ranks the results of a dataset. */
function scoreOf(row: Row): number {
  return Number(row[scoreColumn(row, 'micro_f1')]);
}

/** Rows with the same key have the same texts and classes. */
function corpusKey({ dataset, label_field: field, labels, sample, data_hash: hash }: Row): string {
  return JSON.stringify([dataset, field, labels, sample, hash]);
}

/** Rows with a confusion matrix on the page: the best of each corpus first. */
function confusionRows(rows: readonly Row[], predictions: ReadonlyMap<string, Predictions>): Set<Row> {
  const there = rows.filter((row) => predictions.get(row.dataset)!.cells.has(resultKey(row)));
  const ranked = [...groupBy(there, corpusKey).values()].flatMap((own) =>
    own.toSorted((a, b) => scoreOf(b) - scoreOf(a)).map((row, rank) => ({ row, rank })),
  );
  return new Set(
    ranked
      .toSorted((a, b) => a.rank - b.rank)
      .slice(0, MOST_CELLS)
      .map(({ row }) => row),
  );
}

interface OpenParams {
  readonly params: ReportDataParams;
  readonly predictions: Predictions;
  readonly wanted: boolean;
  readonly notes: ReportData['notes'];
}

async function openCorpus(rows: readonly Row[], { params, predictions, wanted, notes }: OpenParams): Promise<Open> {
  const [first] = rows;
  let dataset: Dataset | undefined;
  try {
    if (wanted) dataset = await params.inputs.openDataset(first!);
  } catch (error) {
    const line = `No texts of ${first!.dataset}${first!.sample === '' ? '' : ` (${first!.sample})`}: ${unopened(error)}`;
    notes.confusion.push(line);
    notes.neighbours.push(line);
  }
  const cell = rows.map((row) => predictions.cells.get(resultKey(row))).find((each) => each !== undefined);
  const classes =
    (dataset?.task === 'classification' ? dataset.classes : undefined) ?? (cell && predictions.truths.get(cell.truth)?.classes) ?? [];
  const same = params.rows.filter((row) => row.dataset === first!.dataset);
  const telling = (
    [
      ['label_field', ''],
      ['labels', 'labels '],
      ['sample', ''],
      ['data_hash', ''],
    ] as const
  ).filter(([column]) => new Set(same.map((row) => row[column])).size > 1);
  // Texts or labels changed between two runs: shown as version numbers, as hashes mean nothing to a reader.
  const version = 1 + [...new Set(same.map((row) => row.data_hash))].indexOf(first!.data_hash);
  const about = telling
    .map(([column, word]) =>
      column === 'data_hash' ? `data version ${version}` : first![column] === '' ? 'all' : `${word}${first![column]}`,
    )
    .join(', ');
  return { rows, dataset, corpus: { dataset: first!.dataset, about, classes, texts: {} } };
}

/** Single-label texts are shown with their neighbours. */
function isBrowsed(dataset: Dataset): dataset is ClassificationDataset {
  return dataset.task === 'classification' && dataset.seconds === undefined;
}

/** What a dataset's rows are, for a note. */
function itemsOf({ task, seconds }: Dataset): string {
  if (task === 'token-classification') return 'words with tags';
  const labels = task === 'regression' ? 'numbers' : 'classes';
  return `${seconds === undefined ? 'texts' : 'pairs of texts'} with ${labels}`;
}

/** Texts of a dataset's rows as shown: both texts of a pair. */
function shownTexts({ texts, seconds }: Dataset): readonly string[] {
  return seconds === undefined ? texts : texts.map((first, row) => inputText({ first, second: seconds[row]! }));
}

/** The best result of a single frozen encoder, scored leave-one-out. */
function bestFrozen(rows: readonly Row[]): Row | undefined {
  return rows
    .filter(({ objective, protocol, encoder }) => objective === '' && protocol === 'leave-one-out' && encoder !== CONCAT_ALL)
    .toSorted((a, b) => scoreOf(b) - scoreOf(a))[0];
}

/** Corpus rows of a result's texts; undefined if the classes differ. */
function rowsOf({ split }: Row, dataset: Dataset, outcomes: ClassOutcomes): Int32Array | undefined {
  if (dataset.task !== 'classification') return undefined;
  const { split: splits, labels, labelSets, classes } = dataset;
  const all = Int32Array.from(splits.keys());
  const rows = split === 'all' ? all : all.filter((row) => SPLITS[splits[row]!] === split);
  if (rows.length !== outcomes.truth.length || classes.length !== outcomes.classes) return undefined;
  const fits =
    outcomes.kind === 'single'
      ? rows.every((row, i) => labels[row] === outcomes.truth[i])
      : rows.every((row, i) => String(labelSets?.[row]) === String(outcomes.truth[i]));
  return fits ? rows : undefined;
}

interface ThroughEncoders {
  readonly params: ReportDataParams;
  readonly opens: readonly Open[];
  readonly browsed: readonly { readonly open: Open; readonly row: Row }[];
  readonly outcomes: (row: Row) => Outcomes | undefined;
  readonly notes: ReportData['notes'];
}

function classOutcomes(outcomes: Outcomes | undefined): ClassOutcomes | undefined {
  return outcomes && ofClasses(outcomes);
}

function encoderKey({ encoder, file_hash: file, tokenizer_hash: tokenizer, dtype, attention, max_length: length, device }: Row): string {
  return JSON.stringify([encoder, file, tokenizer, dtype, attention, length, device]);
}

/**
 * One encoder in memory at a time: its parameter count, then the neighbours for all its results that are browsed. For the parameter count
 * alone nothing is downloaded.
 */
async function throughEncoders({
  params,
  opens,
  browsed,
  outcomes,
  notes,
}: ThroughEncoders): Promise<{ browsers: Browser[]; costs: Cost[] }> {
  const { rows, inputs, neighbours, seed, threads, counted, progress, warn } = params;
  const browsers: Browser[] = [];
  const costs: Cost[] = [];
  const identified = rows.filter(({ encoder, objective }) => encoder !== CONCAT_ALL && objective === '');
  for (const [key, [row]] of groupBy(identified, encoderKey)) {
    const own = browsed.filter((each) => encoderKey(each.row) === key);
    try {
      const encoder = await inputs.openEncoder(row!, { fetch: own.length > 0 });
      // With several prompts it is the same encoder.
      if (!costs.some((cost) => cost.encoder === row!.encoder))
        costs.push({ encoder: row!.encoder, parameters: encoderParameters(encoder) });
      for (const { open, row: cell } of own) {
        try {
          const found = await browse({
            row: cell,
            dataset: withClasses(open.dataset!, 'Showing neighbours'),
            encoder,
            outcomes: classOutcomes(outcomes(cell)),
            size: neighbours,
            seed,
            vectorFolder: inputs.workspace.vectorFolder,
            threads,
            progress,
            warn,
          });
          browsers.push({ corpus: opens.indexOf(open), row: rows.indexOf(cell), ...found });
        } catch (error) {
          notes.neighbours.push(`${cell.dataset}: ${unopened(error)}`);
        }
      }
    } catch (error) {
      const line = unopened(error);
      const cost = `Parameters of ${row!.encoder} are unknown: ${line}`;
      if (!counted.has(row!.encoder) && !notes.cost.includes(cost)) notes.cost.push(cost);
      for (const { row: cell } of own) notes.neighbours.push(`${cell.dataset}: ${line}`);
    }
  }
  return { browsers: browsers.toSorted((a, b) => a.corpus - b.corpus), costs };
}

/** Name of a folder, for comparison with others. */
export function folderName(folder: string): string {
  return path.basename(path.resolve(folder));
}
