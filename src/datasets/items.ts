import type { ClassificationDataset, Dataset, ItemDataset, TokenDataset } from './dataset.ts';

/** Items of the neighbour search: the rows, or for sentences their words, each with its tag as class. */
export function itemsOf(dataset: Dataset): ItemDataset {
  return dataset.task === 'token-classification' ? wordsOf(dataset) : dataset;
}

/** Words are accessed several times, and there may be millions. */
const known = new WeakMap<TokenDataset, ClassificationDataset>();

function wordsOf(dataset: TokenDataset): ClassificationDataset {
  const found = known.get(dataset);
  if (found !== undefined) return found;
  const { key, labelField, words, tags, classes, hash, sample } = dataset;
  const sentence = sentenceOfWords(dataset);
  const items: ClassificationDataset = {
    task: 'classification',
    key,
    labelField,
    texts: words.flat(),
    labels: tags,
    classes,
    split: Uint8Array.from(sentence, (row) => dataset.split[row]!),
    hash,
    sample,
  };
  known.set(dataset, items);
  return items;
}

/** [words] sentence of each word. */
export function sentenceOfWords({ starts }: Pick<TokenDataset, 'starts'>): Int32Array {
  const rows = new Int32Array(starts.at(-1)!);
  for (let row = 0; row + 1 < starts.length; row++) rows.fill(row, starts[row]!, starts[row + 1]!);
  return rows;
}
