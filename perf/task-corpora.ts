import { classificationDataset, regressionDataset, tokenDataset } from '../src/datasets/build.ts';
import type { Dataset, Example, ItemDataset } from '../src/datasets/dataset.ts';
import { itemsOf } from '../src/datasets/items.ts';
import type { TaggedSentence } from '../src/datasets/tagged-sentence.ts';
import { emobank, mrpc, sick, taggedSentences, type Labelled, type Parts } from './shared-tasks.ts';

/** The rows that reference scores refer to. */

/** Tool name of scores that come from no other library. */
export const INDEPENDENT = 'independent';

/** A reference score, and what it refers to. */
export interface Reference {
  readonly dataset: string;
  /** For words. */
  readonly labels?: string;
  readonly encoder?: string;
  readonly tool: string;
  readonly pooling: string;
  readonly word_pooling?: 'first' | 'mean';
  readonly pair?: string;
  readonly convention: string;
  readonly estimator: string;
  readonly protocol: string;
  readonly metric: string;
  readonly value: number | null;
}

export interface Corpus {
  /** Rows of train, then those of test. */
  readonly dataset: Dataset;
  /** What is classified or has a number: rows, or words. */
  readonly items: ItemDataset;
  /** Train only. */
  readonly train: Dataset;
}

const TRAIN_TEXTS: Readonly<Record<string, number>> = { emobank_valence: 1500, sick_relatedness: 1000, sick_entailment: 1000, mrpc: 1000 };
const TRAIN_SENTENCES = 400;
const TEST_SENTENCES = 300;
const TEST_TEXTS = 1000;

export function corpusOf({ tool, dataset: name, labels }: Reference): Corpus {
  const key = name.split(' ')[0]!;
  const ranker = tool !== INDEPENDENT;
  const build =
    key === 'ewt_upos' || key === 'wnut17'
      ? sentencesOf({ key, ranker, bare: key === 'wnut17' && (ranker ? name === key : labels !== 'full tags') })
      : // It treats numeric labels of pairs as classes unless forced.
        textsOf({ key, numbers: key === 'emobank_valence' || (key === 'sick_relatedness' && (!ranker || name !== key)) });
  const dataset = build(() => true);
  return { dataset, items: itemsOf(dataset), train: build(({ split }) => split === 'train') };
}

type Build = (is: (example: Example) => boolean) => Dataset;

const TEXTS: Readonly<Record<string, () => Parts<Labelled>>> = {
  emobank_valence: emobank,
  sick_relatedness: () => sick('relatedness'),
  sick_entailment: () => sick('entailment'),
  mrpc,
};

function textsOf({ key, numbers }: { readonly key: string; readonly numbers: boolean }): Build {
  const { train, test } = TEXTS[key]!();
  const rows = [
    ...train.slice(0, TRAIN_TEXTS[key]).map((each) => ({ ...each, split: 'train' as const })),
    ...test.slice(0, TEST_TEXTS).map((each) => ({ ...each, split: 'test' as const })),
  ];
  const examples = rows.map(({ a, b, label, split }): Example => ({ text: a, second: b, labels: [label], split }));
  const build = numbers ? regressionDataset : classificationDataset;
  return (is) => build({ key, labelField: '', sample: '', labels: 'first', examples: examples.filter(is) });
}

/** Sorts after all names of classes. */
const LAST = '~';

/**
 * Of UD's treebank only dev is available, and used as train; transformer-ranker uses the dev set of WNUT-17. `bare`: without prefixes,
 * which it removes unless told to keep them. O is then its last class, and loses ties.
 */
function sentencesOf({ key, ranker, bare }: { readonly key: string; readonly ranker: boolean; readonly bare: boolean }): Build {
  const [folder, ...files] =
    key === 'ewt_upos'
      ? (['ud_english_ewt', 'en_ewt-ud-dev.first500.conllu', 'en_ewt-ud-test.first300.conllu'] as const)
      : (['wnut17', ranker ? 'emerging.dev.conll' : 'wnut17train.conll', 'emerging.dev.conll'] as const);
  const [train, test] = files.map((file) => taggedSentences(folder, file)) as [TaggedSentence[], TaggedSentence[]];
  const rows = [
    ...train.slice(0, TRAIN_SENTENCES).map((each) => ({ ...each, split: 'train' as const })),
    ...test.slice(0, TEST_SENTENCES).map((each) => ({ ...each, split: 'test' as const })),
  ];
  const examples = rows.map(({ words, tags, split }): Example => {
    const types = tags.map((tag) => (tag === 'O' && ranker ? LAST : tag.replace(/^[BI]-/, '')));
    return { text: words.join(' '), words, labels: bare ? types : tags, split };
  });
  return (is) => tokenDataset({ key, labelField: '', sample: '', examples: examples.filter(is) });
}
