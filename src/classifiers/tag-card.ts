import { SPLITS, type TokenDataset } from '../datasets/dataset.ts';
import { escapeMarkdown } from '../printable.ts';
import { countInterval } from '../statistics/count-interval.ts';
import type { TagOutcomes } from '../statistics/outcomes.ts';
import { f1Of } from '../tags/agreement.ts';
import { OUTSIDE } from '../tags/letters.ts';
import { macroTagScore, spanTypes, tagCounts, tagScores, type TagScore } from '../tags/tag-outcomes.ts';
import type { SplitScore } from '../training/evaluate.ts';
import { splitTags } from '../training/evaluate-words.ts';
import {
  calibration,
  cardTable,
  cardText,
  frontMatter,
  lastParts,
  percent,
  share,
  useParts,
  type CardParams,
  type CommonCard,
} from './card.ts';
import { commonCard } from './card-params.ts';
import type { TagSaveParams } from './tag-model.ts';

/** Facts about the written folder, and the model's calibration on test. */
export type TagCardFacts = Pick<
  CardParams,
  'hasLogits' | 'hasPipeline' | 'isSentenceEncoder' | 'blocksAbove' | 'kept' | 'record' | 'testCalibration'
>;

/** README.md of the folder of a model of words: a model card in the hub's format. */
export async function tagCard(params: TagSaveParams, { testCalibration, ...facts }: TagCardFacts): Promise<string> {
  const card: CommonCard = { ...(await commonCard(params, facts.record)), ...facts };
  const { record, name, encoder } = card;
  const how =
    record.kind === 'head'
      ? 'with a classification head'
      : `for k-NN classification with the ${record.neighbours.k} nearest training words`;
  const parts = [
    frontMatter(card),
    `# ${escapeMarkdown(name)}`,
    `Gives each word of a sentence a tag (${escapeMarkdown(record.dataset.labelField)}, ${record.classes.length} tags) as in ${escapeMarkdown(record.dataset.name)}. ` +
      `${escapeMarkdown(encoder)} fine-tuned ${how} on the first sub-token of each word (objective ${card.objective}), ` +
      `by [embedding-bench](https://www.npmjs.com/package/embedding-bench) ${card.version}.`,
    '## Scores',
    scores(params),
    ...perTag(params),
    '## Calibration',
    calibration({ record, testCalibration }),
    '## Use',
    'Input sentences are split into words; the tag of a word is that of its first sub-token.',
    ...useParts(card),
    ...lastParts(card, [wordsLine(params)]),
  ];
  return cardText(parts);
}

function outcomesOf({ dataset }: Pick<TagSaveParams, 'dataset'>, all: readonly SplitScore[], split: string): TagOutcomes | undefined {
  const found = all.find((each) => each.split === split);
  return found && splitTags(dataset, { split: found.split, predicted: found.predicted as readonly number[] });
}

function scores(params: TagSaveParams): string {
  const { dataset, result } = params;
  const outside = dataset.classes.indexOf(OUTSIDE);
  const shown = SPLITS.filter((split) => split !== 'train')
    .toReversed()
    .flatMap((split) => {
      const own = outcomesOf(params, result.scores, split);
      return own === undefined ? [] : [{ split, own, frozen: outcomesOf(params, result.frozen, split) }];
    });
  if (shown.length === 0) return 'No sentences were held out: accuracy on new sentences is unknown.';
  const { own: first } = shown[0]!;
  const columns: readonly (readonly [TagScore, string])[] = [
    ...(first.scheme === undefined ? [] : [['spanF1', 'Span F1'] as const]),
    ...(outside === -1 ? [] : [['microF1NoO', 'Micro-F1 without O'] as const]),
    ['accuracy', 'Accuracy'],
  ];
  const lines = shown.flatMap(({ split, own, frozen }) => {
    const line = (who: string, outcomes: TagOutcomes): string[] => [
      split,
      who,
      ...columns.map(([score]) => withInterval(outcomes, score)),
      percent(macroTagScore(tagScores(outcomes))),
      String(outcomes.truth.length),
    ];
    return [
      line('this model', own),
      ...(frozen === undefined ? [] : [line('frozen encoder, k-NN', frozen)]),
      ...(outside === -1 ? [] : [line('always O', { ...own, predicted: new Int32Array(own.truth.length).fill(outside) })]),
    ];
  });
  return [
    cardTable(['Split', 'Model', ...columns.map(([, title]) => title), 'Macro-F1', 'Words'], lines, 2),
    `In percent, with 95% bootstrap intervals over sentences${outside === -1 ? '' : '; macro-F1 without O'}. The dev split selected the epoch and the temperature: its scores are optimistic.` +
      (first.scheme === undefined ? '' : ` Spans are counted as seqeval and conlleval do; the tags are ${first.scheme.name}.`),
  ].join('\n\n');
}

function withInterval(outcomes: TagOutcomes, score: TagScore): string {
  const counts = tagCounts(outcomes, score);
  const value = f1Of({ hits: total(counts.hits), gold: total(counts.truth), predicted: total(counts.predicted) });
  const { low, high } = countInterval(counts);
  return `${percent(value)} [${percent(low)}, ${percent(high)}]`;
}

function total(counts: Int32Array): number {
  return counts.reduce((sum, each) => sum + each, 0);
}

/** Per-class scores of span types, or tags, on test, else on dev. */
function perTag(params: TagSaveParams): string[] {
  const split = (['test', 'dev'] as const).find((each) => outcomesOf(params, params.result.scores, each) !== undefined);
  if (split === undefined) return [];
  const types = spanTypes(outcomesOf(params, params.result.scores, split)!);
  const rows = types.map(({ type, hits, gold, predicted }) => [
    type === '' ? '(no type)' : escapeMarkdown(type),
    share(hits, predicted),
    share(hits, gold),
    share(2 * hits, gold + predicted),
    String(gold),
  ]);
  return [`Per type, on ${split}:`, cardTable(['Type', 'Precision', 'Recall', 'F1', 'Support'], rows, 1)];
}

function wordsLine({ dataset }: Pick<TagSaveParams, 'dataset'>): string {
  return `- Words: ${countWords(dataset)}`;
}

function countWords({ split, starts }: TokenDataset): string {
  return SPLITS.flatMap((name, at) => {
    const rows = [...split.keys()].filter((row) => split[row] === at);
    return rows.length === 0 ? [] : [`${name} ${rows.reduce((sum, row) => sum + starts[row + 1]! - starts[row]!, 0)}`];
  }).join(', ');
}
