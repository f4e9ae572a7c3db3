import path from 'node:path';
import { SPLITS, type Split } from '../datasets/dataset.ts';
import { skippedTokens } from '../encoders/prompted-text.ts';
import { packageVersion } from '../home.ts';
import type { ClassOutcomes } from '../statistics/outcomes.ts';
import { splitOutcomes, type SplitScore } from '../training/evaluate.ts';
import { isOfWords } from '../training/word-vectors.ts';
import { labelsOfRow, rowsOfSplit } from './calibrate.ts';
import { PLAIN_TOKENS, type PlainToken } from './code-pieces.ts';
import type { CardParams, CommonCard } from './card.ts';
import { licenceIn } from './licence.ts';
import type { ClassifierRecord } from './record.ts';
import type { ClassSaveParams, SaveParams } from './save-params.ts';
import type { TextInput } from '../encoders/text-inputs.ts';

/** Facts about the written folder. */
type OfFolder = 'hasLogits' | 'hasPipeline' | 'isSentenceEncoder' | 'kept' | 'blocksAbove';
type CardBasis = Omit<CardParams, OfFolder | 'testCalibration'>;

/** Content of a classifier's model card, except for the facts about the folder. */
export async function cardOf(params: ClassSaveParams, record: ClassifierRecord): Promise<CardBasis> {
  const { dataset, result } = params;
  const train = rowsOfSplit(dataset, 'train');
  const trainCounts = dataset.classes.map(() => 0);
  for (const row of train) for (const label of labelsOfRow(dataset, row)) trainCounts[label]!++;
  const outcomesOf = (scores: readonly SplitScore[], split: Split): ClassOutcomes | undefined => {
    const found = scores.find((score) => score.split === split);
    return found && splitOutcomes(dataset, found);
  };
  return {
    ...(await commonCard(params, record)),
    trainCounts,
    splits: SPLITS.flatMap((split) => {
      const trained = outcomesOf(result.scores, split);
      return trained === undefined ? [] : [{ split, trained, frozen: outcomesOf(result.frozen, split) }];
    }),
  };
}

/** The same for any model. */
export async function commonCard(params: SaveParams, record: ClassifierRecord): Promise<Omit<CommonCard, OfFolder>> {
  const { encoder, files, dataset, out, objective, settings, cut } = params;
  return {
    name: path.basename(path.resolve(out)),
    record,
    encoder: encoder.name,
    objective,
    settings,
    version: packageVersion(),
    texts: Object.fromEntries(SPLITS.map((split) => [split, rowsOfSplit(dataset, split).length])),
    sample: dataset.sample,
    cut,
    total: dataset.texts.length,
    licence: params.licence ?? (await licenceIn(files.folder)),
    baseModel: params.baseModel,
    hubDataset: params.hubDataset,
    inputs: inputsOf(params, record),
    firstPosition: encoder.positions.first,
    padId: encoder.tokenizer.padId,
    truncation: encoder.tokenizer.truncation,
    wordMark: encoder.tokenizer.wordMark,
    token: plainToken(params),
  };
}

/** Inputs of the folder's graph: token types only for pairs, if the checkpoint uses them. */
function inputsOf({ encoder: { inputs, tokenTypes = 0 }, files, dataset }: SaveParams, { cosine }: ClassifierRecord): readonly TextInput[] {
  if (files.onnx !== undefined) return inputs;
  const plain = inputs.filter(({ name }) => name === 'input_ids' || name === 'attention_mask');
  return dataset.seconds === undefined || cosine !== undefined || tokenTypes < 2
    ? plain
    : [...plain, { name: 'token_type_ids', type: 'int64' }];
}

/** The pooling, if other programs can compute it in one line. */
function plainToken({ spec, encoder }: Pick<SaveParams, 'spec' | 'encoder'>): PlainToken | undefined {
  if (isOfWords(spec)) return undefined;
  const { token, combine, layers, unit, published } = spec;
  const isPlain =
    combine === 'one' && layers[0] === encoder.depth && unit !== true && published === undefined && skippedTokens(encoder) === 0;
  return isPlain ? PLAIN_TOKENS.find((each) => each === token) : undefined;
}
