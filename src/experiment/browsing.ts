import type { ClassificationDataset } from '../datasets/dataset.ts';
import { stratifiedSample } from '../datasets/sample.ts';
import { loadVectors } from '../embed/cut.ts';
import { embed } from '../embed/embed.ts';
import { VectorStore } from '../embed/store.ts';
import { poolingsLeftOut } from '../embed/static-poolings.ts';
import { LAYER_MEANS, pooledVectors, POOLINGS, type PooledVector, type Pooling } from '../embed/vectors.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { HarnessError, shown } from '../errors.ts';
import { METRICS, VOTES, type Metric, type Votes } from '../knn/types.ts';
import { Searcher } from '../knn/searcher.ts';
import { vote, voteMultiLabel } from '../knn/vote.ts';
import type { Progress } from '../progress.ts';
import type { Row } from '../results/row.ts';
import { isCorrect, type ClassOutcomes } from '../statistics/outcomes.ts';

/** A text with its neighbours, as the page shows them; classes as indices. */
export interface BrowsedText {
  readonly row: number;
  readonly truth: readonly number[];
  readonly given: readonly number[];
  /** Nearest first: row, distance, classes. The first k vote. */
  readonly neighbours: readonly { readonly row: number; readonly distance: number; readonly labels: readonly number[] }[];
}

/** Minimum number of neighbours shown, whether they vote or not. */
const SHOWN = 10;
/** Share of misclassified texts among those shown: they are what a reader looks for. */
const WRONG_SHARE = 0.75;

export interface BrowseParams {
  readonly row: Row;
  readonly dataset: ClassificationDataset;
  readonly encoder: Encoder;
  /** Predictions for the texts of this result, if they were kept. */
  readonly outcomes: ClassOutcomes | undefined;
  /** Number of texts. */
  readonly size: number;
  readonly seed: number;
  readonly vectorFolder: string;
  readonly threads: number;
  readonly progress: Progress;
  readonly warn: (line: string) => void;
}

/**
 * Texts of a result and their exact neighbours among all others, misclassified texts first, with the result's k. Throws DATA for a row that
 * no run can have written.
 */
export async function browse(params: BrowseParams): Promise<{ readonly k: number; readonly items: readonly BrowsedText[] }> {
  const { row, dataset, threads } = params;
  checkRow(row);
  const n = dataset.texts.length;
  const k = Number(row.k);
  const queryRows = Int32Array.from(chosenTexts(params));
  const searcher = await Searcher.open({ corpus: await vectorsOf(params), metric: row.metric as Metric, threads, takeOver: true });
  try {
    const neighbours = await searcher.exact({ k: Math.min(n - 1, Math.max(k, SHOWN)), queryRows, excludeSelf: true });
    const { labels, labelSets, classes } = dataset;
    const asked = { neighbours, k, classes: classes.length, votes: row.votes as Votes };
    const given =
      labelSets === undefined
        ? Array.from(vote({ ...asked, labels }), (label) => [label])
        : voteMultiLabel({ ...asked, labelSets }).map((set) => [...set]);
    const labelsOf = (text: number): number[] => (labelSets === undefined ? [labels[text]!] : [...labelSets[text]!]);
    const items = Array.from(queryRows, (text, q): BrowsedText => ({
      row: text,
      truth: labelsOf(text),
      given: given[q]!,
      neighbours: Array.from({ length: neighbours.k }, (_, i) => {
        const other = neighbours.indices[q * neighbours.k + i]!;
        return { row: other, distance: Number(neighbours.distances[q * neighbours.k + i]!.toPrecision(6)), labels: labelsOf(other) };
      }),
    }));
    return { k, items: items.toSorted((a, b) => Number(isRight(a)) - Number(isRight(b)) || a.row - b.row) };
  } finally {
    await searcher.close();
  }
}

function isRight({ truth, given }: BrowsedText): boolean {
  return String(truth) === String(given);
}

/**
 * Rows, ascending: a stratified sample of the misclassified and of the correctly classified texts; of all texts if predictions were not
 * kept.
 */
function chosenTexts({ dataset, outcomes, size, seed }: BrowseParams): number[] {
  const all = Array.from(dataset.labels.keys());
  const some = (rows: readonly number[], many: number): number[] =>
    many < 1
      ? []
      : stratifiedSample({ classes: rows.map((row) => dataset.classes[dataset.labels[row]!]!), size: many, seed }).map((at) => rows[at]!);
  if (outcomes === undefined || outcomes.truth.length !== all.length) return some(all, size);
  const right = all.filter((row) => isCorrect(outcomes, row));
  const wrong = all.filter((row) => !isCorrect(outcomes, row));
  const wrongs = Math.min(wrong.length, Math.max(Math.ceil(WRONG_SHARE * size), size - right.length));
  return [...some(wrong, wrongs), ...some(right, size - wrongs)].toSorted((a, b) => a - b);
}

async function vectorsOf({ row, dataset, encoder, vectorFolder, threads, progress, warn }: BrowseParams) {
  const vector = vectorOf(row, encoder);
  const task = progress.task(`${dataset.key}: ${encoder.name}`, undefined, 'texts');
  try {
    const embedded = await embed({
      encoder,
      texts: dataset.texts,
      specs: [vector.spec],
      store: new VectorStore(vectorFolder, warn),
      threads,
      onProgress: ({ done, total, tokens }) => {
        task.setTotal(total);
        task.update(done, `${tokens} tokens`);
      },
    });
    return await loadVectors(embedded, { ...vector, encoder: encoder.name });
  } finally {
    task.end();
  }
}

/** A results.csv may come from anywhere and contain anything. */
function checkRow(row: Row): void {
  const known = { pooling: POOLINGS, metric: METRICS, votes: VOTES } satisfies Partial<Record<keyof Row, readonly string[]>>;
  for (const [column, choices] of Object.entries(known)) {
    const value = row[column as keyof typeof known];
    if (!(choices as readonly string[]).includes(value)) {
      throw new HarnessError('DATA', { where: row.encoder, what: `Its ${column} is ${shown(value)}, which is not a valid value.` });
    }
  }
  if (row.dim !== '' && !/^[1-9]\d{0,8}$/.test(row.dim)) {
    throw new HarnessError('DATA', { where: row.encoder, what: `Its dim is ${shown(row.dim)}, which is not a valid dimension.` });
  }
  if (!/^[1-9]\d{0,8}$/.test(row.k)) {
    throw new HarnessError('DATA', { where: row.encoder, what: `Its k is ${shown(row.k)}, which is not a valid number of neighbours.` });
  }
}

/** The vector that a row describes. Throws DATA if the encoder has no such vector. */
function vectorOf({ pooling, layers, dim }: Row, encoder: Encoder): PooledVector {
  const mean = LAYER_MEANS.find((each) => each === layers) ?? '0..L';
  const published = 'steps' in encoder.published ? encoder.published : undefined;
  const [found] = pooledVectors({
    poolings: [pooling as Pooling],
    layers: /^\d+$/.test(layers) ? [Number(layers)] : 'last',
    layerMeans: [mean],
    depth: encoder.depth,
    published,
    encoder: encoder.name,
  });
  if (found === undefined) {
    const what = poolingsLeftOut([pooling as Pooling], encoder) ?? 'It was published without a pooling, but its row has one.';
    throw new HarnessError('DATA', { where: encoder.name, what });
  }
  return dim === '' ? found : { ...found, dim: Number(dim) };
}
