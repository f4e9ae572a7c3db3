import { stringify } from 'yaml';
import { SPLITS, type Split } from '../datasets/dataset.ts';
import { escapeMarkdown } from '../printable.ts';
import { bootstrapIntervals } from '../statistics/bootstrap.ts';
import { labelsOf, scoresOf, type ClassOutcomes } from '../statistics/outcomes.ts';
import type { Interval } from '../statistics/quantile.ts';
import { codeBlocks } from './card-code.ts';
import type { CodeParams } from './code-pieces.ts';
import type { Licence } from './licence.ts';
import type { ClassifierRecord } from './record.ts';

/** Results of the classifier and of the frozen encoder on a split. */
export interface SplitCard {
  readonly split: Split;
  readonly trained: ClassOutcomes;
  /** The encoder before training, by k-NN. */
  readonly frozen: ClassOutcomes | undefined;
}

export interface CardParams extends CodeParams {
  readonly record: ClassifierRecord;
  readonly encoder: string;
  readonly objective: string;
  /** How it was trained, by name. */
  readonly settings: readonly (readonly [string, string])[];
  readonly version: string;
  /** Number of texts of each split. */
  readonly texts: Readonly<Partial<Record<Split, number>>>;
  /** How its rows were sampled; '' for all. */
  readonly sample: string;
  /** Number of training texts per class. */
  readonly trainCounts: readonly number[];
  readonly splits: readonly SplitCard[];
  /** Expected calibration error on test before and after, as fractions. */
  readonly testCalibration: { readonly before: number; readonly after: number } | undefined;
  /** Texts with more tokens, padding included, use another attention pattern; undefined if there are none. */
  readonly blocksAbove: number | undefined;
  /** Number of truncated texts, and of all texts. */
  readonly cut: number;
  readonly total: number;
  /** Of the encoder that was trained. */
  readonly licence: Licence | undefined;
  /** Its hub id. */
  readonly baseModel: string | undefined;
  /** Hub id of the dataset. */
  readonly hubDataset: string | undefined;
  /** What the folder contains of the training texts, one sentence each. */
  readonly kept: readonly string[];
}

/** Common content of the cards of classes and of numbers. */
export type CommonCard = Omit<CardParams, 'testCalibration' | 'trainCounts' | 'splits'>;

/** README.md of a classifier's folder: a model card in the hub's format. Names come from files and are escaped. */
export function modelCard(params: CardParams): string {
  const { record, name, encoder } = params;
  const parts = [
    frontMatter(params),
    `# ${escapeMarkdown(name)}`,
    `Classifies ${record.pairs === true ? 'pairs of texts, which it reads together,' : 'texts'} by ${escapeMarkdown(record.dataset.labelField)}, ${record.classes.length} classes, as in ${escapeMarkdown(record.dataset.name)}. ` +
      `${escapeMarkdown(encoder)} fine-tuned ${record.kind === 'head' ? 'with a classification head' : `for k-NN classification with the ${record.neighbours.k} nearest training texts`} ` +
      `(objective ${params.objective}), by [embedding-bench](https://www.npmjs.com/package/embedding-bench) ${params.version}.`,
    '## Scores',
    scores(params),
    ...perClass(params),
    '## Calibration',
    calibration(params),
    '## Use',
    ...useParts(params),
    ...lastParts(params),
  ];
  return cardText(parts);
}

/** How programs use the folder. */
export function useParts(params: CodeParams): string[] {
  return codeBlocks(params).map(({ title, language, code }) => `${title}:\n\n\`\`\`${language}\n${code}\n\`\`\``);
}

/** The end of every card. `data`: further lines about the data. */
export function lastParts(card: CommonCard, data: readonly string[] = []): string[] {
  return [
    '## Data',
    [dataLines(card), ...data].join('\n'),
    '## Training',
    cardTable(
      ['Setting', 'Value'],
      card.settings.map((pair) => pair.map(escapeMarkdown)),
      2,
    ),
    '## Limits',
    limits(card),
    '## Licence',
    licenceLines(card),
  ];
}

/** A card from its parts, without empty ones. */
export function cardText(parts: readonly string[]): string {
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

export function frontMatter({
  licence: found,
  baseModel,
  hubDataset,
  record,
  hasLogits,
  hasPipeline,
  isSentenceEncoder,
}: CommonCard): string {
  const library = hasLogits && hasPipeline ? 'transformers.js' : isSentenceEncoder ? 'sentence-transformers' : 'onnx';
  const values = {
    ...(found !== undefined && { license: found.name }),
    ...(baseModel !== undefined && { base_model: baseModel }),
    pipeline_tag:
      record.words !== undefined ? 'token-classification' : record.cosine !== undefined ? 'sentence-similarity' : 'text-classification',
    library_name: library,
    tags: [
      'embedding-bench',
      'onnx',
      ...(record.kind === 'neighbours' ? ['nearest-neighbours'] : []),
      ...(record.multiLabel ? ['multi-label'] : []),
      ...(record.kind === 'regression' ? ['regression'] : []),
      ...(record.pairs === true ? ['text-pairs'] : []),
    ],
    ...(hubDataset !== undefined && { datasets: [hubDataset] }),
  };
  return `---\n${stringify(values, { lineWidth: 0 })}---`;
}

export function percent(fraction: number): string {
  return (100 * fraction).toFixed(1);
}

function withInterval(value: number, { low, high }: Interval): string {
  return `${percent(value)} [${percent(low)}, ${percent(high)}]`;
}

function scores({ splits, record: { multiLabel }, trainCounts }: CardParams): string {
  const shown = splits.filter(({ split }) => split !== 'train').toReversed();
  const most = trainCounts.indexOf(Math.max(...trainCounts));
  const lines = shown.flatMap(({ split, trained, frozen }) => {
    const line = (who: string, outcomes: ClassOutcomes) => {
      const found = scoresOf(outcomes);
      const intervals = bootstrapIntervals(outcomes);
      return [
        split,
        who,
        withInterval(found.microF1, intervals.microF1),
        withInterval(found.macroF1, intervals.macroF1),
        ...(multiLabel ? [withInterval(found.accuracy, intervals.accuracy)] : []),
        String(found.n),
      ];
    };
    return [
      line('this model', trained),
      ...(frozen === undefined ? [] : [line('frozen encoder, k-NN', frozen)]),
      line('majority class', majority(trained, most)),
    ];
  });
  if (lines.length === 0) return 'No texts were held out: accuracy on new texts is unknown.';
  const head = [
    'Split',
    'Classifier',
    multiLabel ? 'Micro-F1' : 'Accuracy',
    'Macro-F1',
    ...(multiLabel ? ['All classes right'] : []),
    'Texts',
  ];
  return [
    cardTable(head, lines, 2),
    'In percent, with 95% bootstrap intervals over texts. The dev split selected the epoch and the temperature: its scores are optimistic.',
  ].join('\n\n');
}

/** Outcomes of predicting the majority class of the training texts for every text. */
function majority(outcomes: ClassOutcomes, most: number): ClassOutcomes {
  if (outcomes.kind === 'multi') return { ...outcomes, predicted: outcomes.truth.map(() => Int32Array.of(most)) };
  return { ...outcomes, predicted: new Int32Array(outcomes.truth.length).fill(most) };
}

function perClass({ splits, record: { classes } }: CardParams): string[] {
  const last = splits.filter(({ split }) => split !== 'train').at(-1);
  if (last === undefined) return [];
  const [both, given, is] = [0, 1, 2].map(() => new Int32Array(classes.length)) as [Int32Array, Int32Array, Int32Array];
  for (let text = 0; text < last.trained.truth.length; text++) {
    const labels = labelsOf(last.trained, text);
    for (const label of labels.is) is[label]!++;
    for (const label of labels.given) {
      given[label]!++;
      if (labels.is.includes(label)) both[label]!++;
    }
  }
  const rows = classes.map((name, own) => [
    escapeMarkdown(name),
    share(both[own]!, given[own]!),
    share(both[own]!, is[own]!),
    share(2 * both[own]!, given[own]! + is[own]!),
    String(is[own]),
  ]);
  return [`Per class, on ${last.split}:`, cardTable(['Class', 'Precision', 'Recall', 'F1', 'Support'], rows, 1)];
}

export function share(part: number, whole: number): string {
  return whole === 0 ? '–' : percent(part / whole);
}

export function calibration({
  record: { temperature, calibration: fitted, multiLabel, words },
  testCalibration: test,
}: Pick<CardParams, 'record' | 'testCalibration'>): string {
  const [items, pipeline, classes] =
    words === undefined ? ['texts', 'text-classification', 'classes'] : ['words', 'token-classification', 'tags'];
  if (fitted === undefined) return `No ${items} were held out to fit a temperature: probabilities are uncalibrated (temperature 1).`;
  const of = multiLabel ? 'of every class of every text' : `of the predicted ${words === undefined ? 'class' : 'tag'}`;
  const rows = [
    [
      fitted.split === 'dev' ? 'dev, fitted on' : 'train, fitted on',
      percent(fitted.eceBefore),
      percent(fitted.eceAfter),
      String(fitted.texts),
    ],
    ...(test === undefined ? [] : [['test', percent(test.before), percent(test.after), '']]),
  ];
  return [
    `Logits are divided by the temperature ${Number(temperature.toPrecision(4))}, which was fitted on ${fitted.split} (Guo et al. 2017). ` +
      `Expected calibration error of the probability ${of}, 15 bins, in percent:`,
    cardTable(['Split', 'Before', 'After', words === undefined ? 'Texts' : 'Words'], rows, 1),
    `Probabilities of \`bench predict\` and \`load\` are the calibrated ones. The ${pipeline} pipeline of transformers.js ignores the temperature: same ${classes}, uncalibrated probabilities.`,
  ].join('\n\n');
}

function dataLines({ record: { kind, pairs, dataset, classes, words }, texts, sample, hubDataset, kept }: CommonCard): string {
  const counts = SPLITS.filter((split) => (texts[split] ?? 0) > 0).map((split) => `${split} ${texts[split]}`);
  const hub = hubDataset === undefined ? '' : ` (hf:${escapeMarkdown(hubDataset)})`;
  return [
    `- Dataset: ${escapeMarkdown(dataset.name)}${hub}, labels: ${escapeMarkdown(dataset.labelField)}, ${kind === 'regression' ? 'numbers' : `${classes.length} ${words === undefined ? 'classes' : 'tags'}`}`,
    `- sha256 of ${words === undefined ? 'texts, labels' : 'words, tags'} and splits: \`${dataset.hash.replace(/[^\w.:-]/g, '')}\``,
    `- ${words !== undefined ? 'Sentences' : pairs === true ? 'Pairs' : 'Texts'}: ${counts.join(', ')}`,
    ...(sample === '' ? [] : [`- A sample: ${escapeMarkdown(sample)}`]),
    ...kept.map((line) => `- ${line}`),
  ].join('\n');
}

function limits({ record: { kind, maxLength, prompt, words }, hasLogits, blocksAbove, cut, total }: CommonCard): string {
  const item = words === undefined ? 'text' : 'sentence';
  const length =
    maxLength === null
      ? `${capital(item)}s are never truncated.`
      : `${capital(item)}s are truncated to ${maxLength} tokens, special tokens included: ${cut} of the ${total} ${item}s of the dataset were longer.`;
  return [
    `- ${length}`,
    ...(hasLogits && maxLength !== null
      ? [
          `- transformers.js (4.3) drops the closing special token of a ${item} that is too long: such a ${item} may get ${words === undefined ? `another ${kind === 'regression' ? 'number' : 'class'}` : 'other tags'} there.`,
        ]
      : []),
    ...(prompt === undefined
      ? []
      : [`- Before every ${item} put the prompt ${escapeMarkdown(JSON.stringify(prompt.text))}: without it, predictions differ.`]),
    ...(blocksAbove === undefined
      ? []
      : [
          `- Above ${blocksAbove} tokens, padding included, it switches to another kind of attention: do not pad short ${item}s that far, or their logits change.`,
        ]),
    ...(kind === 'regression'
      ? []
      : [
          `- It knows only the ${words === undefined ? 'classes' : 'tags'} above: a ${words === undefined ? 'text' : 'word'} of any other still gets one of them.`,
        ]),
    ...(words === undefined
      ? []
      : ['- A word beyond the length limit, or without sub-tokens, is not predicted: `bench predict` gives it O, if O is a tag.']),
    `- Scores apply to ${item}s like those of the dataset.`,
  ].join('\n');
}

function capital(word: string): string {
  return `${word[0]!.toUpperCase()}${word.slice(1)}`;
}

function licenceLines({ licence: found, encoder, baseModel }: CommonCard): string {
  const base =
    baseModel === undefined ? escapeMarkdown(encoder) : `[${escapeMarkdown(baseModel)}](https://huggingface.co/${encodeURI(baseModel)})`;
  if (found === undefined) return `Of the base encoder (${base}): not stated.`;
  return `Of the base encoder (${base}): ${escapeMarkdown(found.name)}, according to ${found.where}.`;
}

/** Cells are already escaped; the first `left` columns are text, the others numbers. */
export function cardTable(head: readonly string[], rows: readonly (readonly string[])[], left: number): string {
  return [head, head.map((_, i) => (i < left ? ':--' : '--:')), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
