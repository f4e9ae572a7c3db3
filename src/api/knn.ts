import { SPLITS, type ClassificationDataset, type Split } from '../datasets/dataset.ts';
import { HarnessError, shown } from '../errors.ts';
import { scoreProtocols } from '../knn/protocol.ts';
import { METRICS, PROTOCOLS, VOTES, type Metric, type Protocol, type Votes } from '../knn/types.ts';
import { matrix, type Matrix } from '../numeric/matrix.ts';
import { ofClasses, scoresOf } from '../statistics/outcomes.ts';
import type { Scores } from '../statistics/scores.ts';
import { withApiNames } from './option-names.ts';
import { checkChoice, checkColumn, checkNames, checkWhole } from './check.ts';
import { labelColumns, type Label } from './labels.ts';

export interface KnnOptions<L extends Label = Label> {
  /** [n, d] vectors of all texts, row i that of text i: from `embed` or any other source. They are not changed. */
  readonly vectors: Matrix;
  /** [n] label of each text. */
  readonly labels: ArrayLike<L>;
  /**
   * leave-one-out (default): each text is classified by its neighbours among all others. complete: each text counts as its own first
   * neighbour. fit-train: neighbours from train only; needs `split`.
   */
  readonly protocol?: Protocol | undefined;
  /** Number of neighbours (k). Default: 5. */
  readonly k?: number | undefined;
  /** euclidean (default) or cosine. */
  readonly metric?: Metric | undefined;
  /** uniform (default): equal votes. distance: weighted by inverse distance. */
  readonly votes?: Votes | undefined;
  /** [n] train, dev or test, for fit-train; ignored by the other protocols. */
  readonly split?: ArrayLike<Split> | undefined;
  /** Threads of the search. Default: one per core. Affects speed only, never a score. */
  readonly threads?: number | undefined;
}

export interface KnnResult<L extends Label = Label> {
  /** [n] predicted label of each text by its neighbours' votes; a tie goes to the smallest label. */
  readonly predicted: L[];
  /** Agreement with `labels`, as fractions: over all texts; with fit-train over test, or dev if there is no test split. */
  readonly scores: Scores;
  /** The same for each split that the protocol scores: `all`, or with fit-train the splits present among train, dev, test. */
  readonly parts: Readonly<Partial<Record<'all' | Split, Scores>>>;
}

/**
 * Classifies every text by its k nearest neighbours (exact search) and scores the predictions. Throws HarnessError: SHAPE if lengths or
 * widths disagree; OPTION if k exceeds the number of texts searched, or for an invalid value; DATA for texts of a single class, a split
 * without a train set or with nothing else, and vectors with NaN or infinity.
 */
export async function knn<L extends Label>(options: KnnOptions<L>): Promise<KnnResult<L>> {
  return withApiNames(() => classify(options));
}

async function classify<L extends Label>(options: KnnOptions<L>): Promise<KnnResult<L>> {
  checkNames(options, NAMES);
  const { labels, protocol = 'leave-one-out', k = 5, metric = 'euclidean', votes = 'uniform', threads } = options;
  checkChoice('protocol', protocol, PROTOCOLS);
  checkChoice('metric', metric, METRICS);
  checkChoice('votes', votes, VOTES);
  checkWhole('k', k, 1);
  checkWhole('threads', threads, 1);
  checkColumn('labels', labels);
  if (typeof options.vectors !== 'object' || options.vectors === null) {
    throw new HarnessError('OPTION', { where: 'vectors', what: `It takes a matrix { rows, cols, data }, got ${shown(options.vectors)}.` });
  }
  checkColumn('vectors.data', options.vectors.data);
  const vectors = matrix(options.vectors.rows, options.vectors.cols, options.vectors.data);
  if (labels.length !== vectors.rows)
    throw new HarnessError('SHAPE', { where: 'labels', what: `Got ${labels.length} labels for ${vectors.rows} vectors.` });
  const { classes, columns } = labelColumns({ labels });
  const predicted: L[] = [];
  const parts: Partial<Record<'all' | Split, Scores>> = {};
  const dataset = datasetOf({ labels: columns[0]!, classes: classes.map(String), split: splitOf(options, protocol) });
  for await (const part of scoreProtocols({
    vectors,
    dataset,
    protocols: [protocol],
    ks: [k],
    votes: [votes],
    metric,
    index: 'exact',
    threads,
  })) {
    parts[part.split] = scoresOf(ofClasses(part.outcomes));
    for (const [i, row] of part.rows.entries()) predicted[row] = classes[part.outcomes.predicted[i] as number]!;
  }
  return { predicted, scores: (parts.all ?? parts.test ?? parts.dev)!, parts };
}

const NAMES = [
  'vectors',
  'labels',
  'protocol',
  'k',
  'metric',
  'votes',
  'split',
  'threads',
] as const satisfies readonly (keyof KnnOptions)[];

/** [n] index into SPLITS; all train if the protocol ignores splits. */
function splitOf({ labels, split }: Pick<KnnOptions, 'labels' | 'split'>, protocol: Protocol): Uint8Array {
  if (protocol !== 'fit-train') return new Uint8Array(labels.length);
  if (split === undefined) {
    throw new HarnessError('OPTION', {
      where: 'split',
      what: 'fit-train needs it.',
      hint: 'Give train, dev or test for each text.',
    });
  }
  checkColumn('split', split);
  if (split.length !== labels.length)
    throw new HarnessError('SHAPE', { where: 'split', what: `Got ${split.length} for ${labels.length} labels.` });
  return Uint8Array.from(split, (each, row) => {
    checkChoice(`split[${row}]`, each, SPLITS);
    return SPLITS.indexOf(each);
  });
}

/** The fields of a dataset that the search reads; the texts themselves are represented by their vectors. */
function datasetOf({ labels, classes, split }: Pick<ClassificationDataset, 'labels' | 'classes' | 'split'>): ClassificationDataset {
  return {
    task: 'classification',
    key: 'the data',
    labelField: 'label',
    texts: Array.from(labels, () => ''),
    labels,
    classes,
    split,
    hash: '',
    sample: '',
  };
}
