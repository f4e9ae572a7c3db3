import { natural } from '../results/order.ts';
import { isClassScore, type ScoreColumn } from '../results/task-scores.ts';

/** Titles of the values of result columns, in the order of the tables. */

export const POOLINGS: ReadonlyMap<string, string> = new Map([
  ['cls', 'The first token of the last layer.'],
  ['mean', 'The mean over all tokens of the last layer.'],
  ['cls-layermean', 'The first token, mean over the layers.'],
  ['layermean', 'The mean over all tokens and all layers.'],
  ['max', 'The largest value over all tokens of the last layer.'],
  ['last', 'The last token of the last layer.'],
  ['weighted-mean', 'The mean over all tokens of the last layer, later tokens weighing more.'],
  ['word-mean', 'The mean over words, each its first sub-token, of the last layer; no special tokens.'],
  ['cls-last4', 'The first token of the last four layers, concatenated.'],
  ['mean-last4', 'The means over all tokens of the last four layers, concatenated.'],
  ['word', 'A vector of each word, of its sub-tokens in the last layer.'],
  ['word-layermean', 'A vector of each word, of its sub-tokens, mean over the layers.'],
  ['as-published', "The vector that the encoder's own card describes."],
]);

export const PROTOCOLS: ReadonlyMap<string, string> = new Map([
  [
    'leave-one-sentence-out',
    'Each word is classified by its nearest neighbours among the words of other sentences: in the last layers the words of one sentence are each other’s nearest.',
  ],
  ['leave-one-out', 'Each text is classified by its nearest neighbours among all others: how well the classes separate for new texts.'],
  ['complete', 'The same, with the text itself among its neighbours. Optimistic: each text votes for itself.'],
  ['fit-train', 'The neighbours come from the train split. On dev and test no text is its own neighbour; on train each is.'],
  ['head', 'Predictions come from the classification head that was fine-tuned with the encoder.'],
]);

/** Objectives of fine-tuning, in the order of the tables. */
export const OBJECTIVES: ReadonlyMap<string, string> = new Map([
  ['classic', 'classification head'],
  ['cea', 'CEA batch'],
  ['cea-all-negatives', 'CEA batch + all negatives'],
  ['cea-memory', 'CEA memory'],
  ['cea-memory-all-negatives', 'CEA memory + all negatives'],
  ['cea-mixed-memory', 'CEA mixed memory'],
  ['cea-datapoint-memory', 'CEA datapoint memory'],
  ['cea-datapoint-memory-all-negatives', 'CEA datapoint memory + all negatives'],
  ['cea-inverse', 'CEA inverse'],
  ['cea-flipped', 'CEA flipped labels'],
  ['cea-multitask', 'CEA multitask'],
  ['supcon', 'supervised contrastive'],
  ['prototypes', 'class prototypes'],
  ['triplet', 'batch-hard triplet'],
  ['regression', 'regression'],
]);

/** `CEA memory`; an unknown word is its own title, none is the frozen encoder. */
export function objectiveTitle(objective: string): string {
  return objective === '' ? 'frozen' : (OBJECTIVES.get(objective) ?? objective);
}

const SPLIT_ORDER = ['all', 'train', 'dev', 'test'];
const LAYER_ORDER = ['', 'last', '0..L', 'last4'];

/** Known poolings in the order above, then any other. */
export const comparePoolings = byPlace([...POOLINGS.keys()]);
export const compareProtocols = byPlace([...PROTOCOLS.keys()]);
/** The frozen encoder first, then as above. */
export const compareObjectives = byPlace(['', ...OBJECTIVES.keys()]);
export const compareSplits = byPlace(SPLIT_ORDER);
export const compareLayers = byPlace(LAYER_ORDER);
export const compareMetrics = byPlace(['euclidean', 'cosine']);
export const compareVotes = byPlace(['uniform', 'distance']);

export const SCORE_TITLES: Readonly<Record<ScoreColumn, string>> = {
  micro_f1: 'Micro-F1',
  macro_f1: 'Macro-F1',
  accuracy: 'Accuracy',
  span_f1: 'Span F1',
  micro_f1_no_o: 'Micro-F1 without O',
  spearman: "Spearman's correlation",
  pearson: "Pearson's correlation",
  rmse: 'RMSE',
  mae: 'MAE',
  r2: 'R2',
};
export type Score = ScoreColumn;

/** Titles of the scores of tables: `Micro-F1 in percent`, `Micro-F1 in percent, Spearman's correlation of numbers`. */
export function scoresWords(scores: readonly Score[]): string {
  return scores
    .map((score) =>
      isClassScore(score)
        ? `${SCORE_TITLES[score]} in percent${scores.length > 1 && (score === 'span_f1' || score === 'micro_f1_no_o') ? ' of tags' : ''}`
        : `${SCORE_TITLES[score]}${scores.length > 1 ? ' of numbers' : ''}`,
    )
    .join(', ');
}

/** The header of a column of such scores. */
export function scoresTitle(scores: readonly Score[]): string {
  return scores.length === 1 ? SCORE_TITLES[scores[0]!] : 'Score';
}

export function metricWords(metric: string): string {
  return metric === 'euclidean' ? 'Euclidean distance' : metric === '' ? '' : `${metric} distance`;
}

export function votesWords(votes: string): string {
  return votes === 'distance' ? 'votes weighted by distance' : votes === '' ? '' : `${votes} votes`;
}

function byPlace(order: readonly string[]): (a: string, b: string) => number {
  const place = (word: string): number => (order.includes(word) ? order.indexOf(word) : order.length);
  return (a, b) => place(a) - place(b) || natural(a, b);
}

/** `complete`, `fit-train scored on test`. */
export function protocolWords({ protocol, split }: { readonly protocol: string; readonly split: string }): string {
  return split === '' || split === 'all' ? protocol : `${protocol} scored on ${split}`;
}
