import { HarnessError, option } from '../errors.ts';
import { SPLITS, type ItemDataset } from '../datasets/dataset.ts';
import type { LabelMode, Protocol } from './types.ts';

export interface ProtocolPlan {
  readonly dataset: ItemDataset;
  readonly protocols: readonly Protocol[];
  readonly ks: readonly number[];
  readonly labels?: LabelMode | undefined;
  /** Items are words of sentences. */
  readonly ofWords?: boolean | undefined;
}

/**
 * Checks that need no vectors. Throws OPTION for a k that is not an integer from 1 or is larger than the corpus; DATA for an empty dataset,
 * a corpus of one class, and fit-train without a train set or without anything else.
 */
export function checkProtocols({ dataset, protocols, ks, labels = 'first', ofWords = false }: ProtocolPlan): void {
  for (const k of ks) {
    if (!Number.isInteger(k) || k < 1)
      throw new HarnessError('OPTION', {
        where: option('k'),
        what: `Invalid number of neighbours: ${k}.`,
        hint: 'Use whole numbers from 1.',
      });
  }
  for (const protocol of protocols) checkProtocol({ protocol, dataset, k: Math.max(...ks), labels, ofWords });
}

interface ProtocolCheck {
  readonly protocol: Protocol;
  readonly dataset: ItemDataset;
  readonly k: number;
  readonly labels: LabelMode;
  readonly ofWords: boolean;
}

function checkProtocol({ protocol, dataset, k, labels, ofWords }: ProtocolCheck): void {
  const { key, split } = dataset;
  if (dataset.texts.length === 0)
    throw new HarnessError('DATA', { where: key, what: 'The dataset is empty.', hint: 'Check the file and the column names.' });
  if (protocol === 'leave-one-sentence-out' && !ofWords) {
    throw new HarnessError('OPTION', {
      where: option('protocol'),
      what: `${key} has no tagged sentences.`,
      hint: 'Use leave-one-out.',
    });
  }
  const corpus = corpusRows(protocol, dataset);
  if (protocol === 'fit-train') {
    if (corpus.length === 0)
      throw new HarnessError('DATA', {
        where: key,
        what: 'fit-train needs a train split, but the dataset has none.',
        hint: otherProtocols(ofWords),
      });
    if (corpus.length === split.length) {
      throw new HarnessError('DATA', {
        where: key,
        what: 'fit-train needs a dev or test split, but the dataset has only a train split.',
        hint: `Create one with \`bench split\`, or ${lower(otherProtocols(ofWords))}`,
      });
    }
  }
  checkLabels({ dataset, protocol, corpus, labels });
  checkNeighbours({ protocol, key, rows: corpus.length, k, item: ofWords ? 'word' : 'text' });
}

/** Throws OPTION for a k larger than the number of `rows` that a protocol searches. */
export function checkNeighbours({
  protocol,
  key,
  rows,
  k,
  item = 'text',
}: {
  readonly protocol: Protocol;
  readonly key: string;
  readonly rows: number;
  readonly k: number;
  /** What a row is. */
  readonly item?: 'text' | 'word' | undefined;
}): void {
  const most = rows - (protocol === 'leave-one-out' ? 1 : 0);
  if (k <= most) return;
  throw new HarnessError('OPTION', {
    where: option('k'),
    what: `k = ${k} is larger than the corpus: ${SEARCHED[protocol](counted(most, item), key)}.`,
    hint: most === 0 ? `Add ${item}s, or omit the dataset.` : `Use at most ${most}.`,
  });
}

function otherProtocols(ofWords: boolean): string {
  return `Take ${option('protocol')} ${ofWords ? 'leave-one-sentence-out' : 'complete,leave-one-out'}.`;
}

/** Number of rows that a protocol searches, in words. */
const SEARCHED: Readonly<Record<Protocol, (rows: string, key: string) => string>> = {
  complete: (rows, key) => `${key} has ${rows}`,
  'leave-one-out': (rows, key) => `leave-one-out leaves ${rows} of ${key}`,
  'leave-one-sentence-out': (rows, key) => `leave-one-sentence-out leaves ${rows} of ${key}`,
  'fit-train': (rows, key) => `the train set of ${key} has ${rows}`,
};

interface LabelCheck {
  readonly dataset: ItemDataset;
  readonly protocol: Protocol;
  readonly corpus: Int32Array;
  readonly labels: LabelMode;
}

function checkLabels({ dataset, protocol, corpus, labels: mode }: LabelCheck): void {
  const name = nameOf(dataset, mode);
  if (corpus.some((row) => name(row) !== name(corpus[0]!))) return;
  const which = protocol === 'fit-train' ? 'train set' : 'corpus';
  const first = corpus[0]!;
  const one =
    dataset.task === 'regression'
      ? `have one target, ${dataset.targets[first]}`
      : `are of one class, "${dataset.classes[dataset.labels[first]!]}"`;
  throw new HarnessError('DATA', {
    where: dataset.key,
    what: `All ${counted(corpus.length, 'text')} of the ${which} ${one}: nothing to classify.`,
    hint: 'Check the label column.',
  });
}

function nameOf(dataset: ItemDataset, mode: LabelMode): (row: number) => string {
  if (dataset.task === 'regression') return (row) => String(dataset.targets[row]);
  const { labels, labelSets } = dataset;
  const sets = mode === 'all' ? labelSets : undefined;
  return (row) => sets?.[row]!.join() ?? String(labels[row]);
}

/** Rows that a protocol searches, ascending. */
export function corpusRows(protocol: Protocol, { split }: ItemDataset): Int32Array {
  const rows = Int32Array.from({ length: split.length }, (_, row) => row);
  return protocol === 'fit-train' ? rows.filter((row) => split[row] === SPLITS.indexOf('train')) : rows;
}

function counted(count: number, item: string): string {
  return `${count} ${item}${count === 1 ? '' : 's'}`;
}

function lower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
