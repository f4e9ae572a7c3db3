import { createHash } from 'node:crypto';
import { SPLITS, type ClassificationDataset } from '../datasets/dataset.ts';
import { HarnessError } from '../errors.ts';
import { checkNeighbours } from '../knn/check-protocols.ts';
import { Searcher } from '../knn/searcher.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { calibrationError, fitTemperature } from './calibration.ts';
import type { Classifier } from './classifier.ts';
import { decideByVotes } from './decide.ts';
import type { ClassifierRecord } from './record.ts';

/** Maximum training texts that the temperature is fitted on: more have no visible effect. */
const FITTED = 20_000;

/** Training texts of a dataset, or the words of its training sentences. */
export interface FrozenTexts {
  readonly texts: readonly string[];
  /** Classes of each, ascending. */
  readonly labels: readonly Int32Array[];
  /** For words the sentence of each, ascending. */
  readonly sentences?: Int32Array | undefined;
}

/** Texts that vote: those of train. Throws DATA if there are none, OPTION if there are fewer than k. */
export function frozenTexts({ key, texts, labels, labelSets, split }: ClassificationDataset, { k }: { readonly k: number }): FrozenTexts {
  const rows = [...split.keys()].filter((row) => SPLITS[split[row]!] === 'train');
  if (rows.length === 0) throw new HarnessError('DATA', { where: key, what: 'The dataset has no train split, whose texts k-NN needs.' });
  checkNeighbours({ protocol: 'leave-one-out', key, rows: rows.length, k });
  return { texts: rows.map((row) => texts[row]!), labels: rows.map((row) => labelSets?.[row] ?? labels.slice(row, row + 1)) };
}

export interface FrozenParams {
  readonly dataset: Pick<ClassificationDataset, 'key' | 'hash' | 'labelField' | 'classes' | 'labelSets'>;
  readonly train: FrozenTexts;
  /** [training texts, width] */
  readonly vectors: Matrix;
  readonly settings: Pick<ClassifierRecord, 'pooling' | 'words' | 'maxLength' | 'prompt' | 'neighbours'>;
  readonly threads: number;
}

/**
 * A k-NN classifier over a dataset's training texts, without fine-tuning. Its temperature is fitted on them, each without its own vote, and
 * words without those of their sentence. Throws as `Searcher` does.
 */
export async function frozenClassifier({ dataset, train, vectors, settings, threads }: FrozenParams): Promise<Classifier> {
  const bare: ClassifierRecord = {
    version: 1,
    kind: 'neighbours',
    classes: [...dataset.classes],
    multiLabel: dataset.labelSets !== undefined,
    ...settings,
    temperature: 1,
    dataset: { name: dataset.key, hash: dataset.hash, labelField: dataset.labelField },
  };
  const known = { vectors, labels: train.labels, texts: () => Promise.resolve(train.texts) };
  const record = { ...bare, ...(await calibrated(bare, { known, sentences: train.sentences, threads })) };
  const hash = createHash('sha256').update(JSON.stringify(record)).digest('hex');
  return { name: dataset.key, record, head: undefined, train: known, hash };
}

interface CalibrateParams {
  readonly known: NonNullable<Classifier['train']>;
  readonly sentences: FrozenTexts['sentences'];
  readonly threads: number;
}

async function calibrated(
  record: ClassifierRecord,
  { known, sentences, threads }: CalibrateParams,
): Promise<Pick<ClassifierRecord, 'temperature' | 'calibration'>> {
  const {
    multiLabel,
    neighbours: { k, metric },
  } = record;
  const { vectors, labels } = known;
  const count = Math.min(FITTED, vectors.rows);
  // Evenly spaced over all: files are often sorted by class.
  const rows = Int32Array.from({ length: count }, (_, i) => Math.floor((i * vectors.rows) / count));
  const searcher = await Searcher.open({ corpus: vectors, metric, threads });
  try {
    const others = sentences === undefined ? { excludeSelf: true } : { exclusion: sentences };
    const neighbours = await searcher.exact({ k, queryRows: rows, ...others });
    const { logits, classes } = decideByVotes(neighbours, known, record);
    const scored = { logits, classes: record.classes.length, truth: Array.from(rows, (row) => labels[row]!), multiLabel };
    const predicted = classes.map((set) => set[0] ?? -1);
    const temperature = fitTemperature(scored);
    const errorAt = (at: number) => calibrationError(scored, { temperature: at, predicted });
    return { temperature, calibration: { split: 'train', texts: count, eceBefore: errorAt(1), eceAfter: errorAt(temperature) } };
  } finally {
    await searcher.close();
  }
}
