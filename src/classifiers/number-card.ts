import { SPLITS } from '../datasets/dataset.ts';
import { escapeMarkdown } from '../printable.ts';
import type { NumberOutcomes } from '../statistics/outcomes.ts';
import type { Interval } from '../statistics/quantile.ts';
import { regressionIntervals } from '../statistics/regression-bootstrap.ts';
import { regressionScores } from '../statistics/regression-scores.ts';
import { rowsOfSplits, splitOutcomes, type SplitScore } from '../training/evaluate.ts';
import { cardTable, cardText, frontMatter, lastParts, useParts, type CommonCard } from './card.ts';
import { commonCard } from './card-params.ts';
import type { NumberSaveParams } from './number-model.ts';
import type { ClassifierRecord } from './record.ts';

/** Facts about the written folder. */
export type FolderFacts = Pick<CommonCard, 'hasLogits' | 'hasPipeline' | 'isSentenceEncoder' | 'blocksAbove' | 'kept' | 'record'>;

/** README.md of the folder of a model of numbers: a model card in the hub's format. */
export async function numberCard(params: NumberSaveParams, facts: FolderFacts): Promise<string> {
  const card: CommonCard = { ...(await commonCard(params, facts.record)), ...facts };
  const { record, name, encoder } = card;
  const parts = [
    frontMatter(card),
    `# ${escapeMarkdown(name)}`,
    `Predicts ${escapeMarkdown(record.dataset.labelField)}, a number, of ${readsOf(record)} ` +
      `as in ${escapeMarkdown(record.dataset.name)}. ${escapeMarkdown(encoder)} fine-tuned ${record.cosine === undefined ? 'with a linear layer to one number' : 'so that the cosine of the two vectors predicts it'} (objective ${card.objective}), ` +
      `by [embedding-bench](https://www.npmjs.com/package/embedding-bench) ${card.version}.`,
    '## Scores',
    scores(params),
    '## How far it is off',
    residualLines(record),
    '## Use',
    useLine(record),
    ...useParts(card),
    ...lastParts(card, [targetLine(params)]),
  ];
  return cardText(parts);
}

function readsOf({ pairs, cosine }: ClassifierRecord): string {
  if (pairs !== true) return 'texts';
  return `pairs of texts, which it reads ${cosine === undefined ? 'together' : 'apart'},`;
}

function useLine({ cosine }: ClassifierRecord): string {
  if (cosine === undefined) return 'The single logit is the number, in the unit of the targets: apply neither softmax nor sigmoid.';
  const { mean, deviation } = cosine;
  const isPlain = mean === 0 && deviation === 1;
  return isPlain
    ? "The number is the cosine of the two texts' vectors."
    : `The number is ${mean} + ${deviation} × the cosine of the two texts' vectors: 0 and 1 are the smallest and the largest training target.`;
}

function scores({ dataset, result }: NumberSaveParams): string {
  const train = rowsOfSplits(dataset, ['train']);
  const mean = train.reduce((sum, row) => sum + dataset.targets[row]!, 0) / train.length;
  const find = (all: readonly SplitScore[], split: string): NumberOutcomes | undefined => {
    const found = all.find((each) => each.split === split);
    return found && (splitOutcomes(dataset, found) as NumberOutcomes);
  };
  const lines = SPLITS.filter((split) => split !== 'train')
    .toReversed()
    .flatMap((split) => {
      const own = find(result.scores, split);
      if (own === undefined) return [];
      const frozen = find(result.frozen, split);
      const constant: NumberOutcomes = { ...own, predicted: own.truth.map(() => mean) };
      return [
        lineOf(split, 'this model', own),
        ...(frozen === undefined ? [] : [lineOf(split, 'frozen encoder, k-NN', frozen)]),
        lineOf(split, 'mean of train', constant),
      ];
    });
  if (lines.length === 0) return 'No texts were held out: the error on new texts is unknown.';
  return [
    cardTable(['Split', 'Model', 'Spearman', 'Pearson', 'RMSE', 'MAE', 'R²', 'Texts'], lines, 2),
    'With 95% bootstrap intervals over texts; RMSE and MAE in the unit of the targets. The dev split selected the epoch: its scores are optimistic.',
  ].join('\n\n');
}

/** A number with this many significant digits, in its shortest form. */
function significant(value: number, digits: number): string {
  return String(Number(value.toPrecision(digits)));
}

function correlation(value: number): string {
  return value.toFixed(3);
}

function error(value: number): string {
  return significant(value, 4);
}

function withInterval(value: number, { low, high }: Interval, text: (of: number) => string): string {
  return Number.isFinite(value) ? `${text(value)} [${text(low)}, ${text(high)}]` : '–';
}

function lineOf(split: string, who: string, outcomes: NumberOutcomes): string[] {
  const found = regressionScores(outcomes);
  const intervals = regressionIntervals(outcomes);
  return [
    split,
    who,
    withInterval(found.spearman, intervals.spearman, correlation),
    withInterval(found.pearson, intervals.pearson, correlation),
    withInterval(found.rmse, intervals.rmse, error),
    withInterval(found.mae, intervals.mae, error),
    withInterval(found.r2, intervals.r2, correlation),
    String(found.n),
  ];
}

function residualLines({ residuals }: ClassifierRecord): string {
  if (residuals === undefined)
    return 'No texts were held out: how far a prediction is off is not known, and `bench predict` and `load` give no interval.';
  const { share, low, high, texts } = residuals;
  return (
    `On ${100 * share}% of the ${texts} dev texts the number lies between the prediction ${signed(low)} and the prediction ${signed(high)} (the middle of ` +
    'what target less prediction is, its quantiles interpolated). `bench predict` and `load` give these two as `low` and `high`. It is one width for every text, ' +
    'and somewhat too narrow for new ones, since dev chose the epoch.'
  );
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${significant(Math.abs(value), 4)}`;
}

function targetLine({ dataset }: NumberSaveParams): string {
  const train = rowsOfSplits(dataset, ['train']).map((row) => dataset.targets[row]!);
  const [least, most] = [train.reduce((a, b) => Math.min(a, b)), train.reduce((a, b) => Math.max(a, b))].map((value) =>
    significant(value, 6),
  );
  return `- Targets of train: from ${least} to ${most}`;
}
