import path from 'node:path';
import { SPLITS, type Split } from '../datasets/dataset.ts';
import { skippedTokens } from '../encoders/prompted-text.ts';
import { packageVersion } from '../home.ts';
import type { ClassOutcomes } from '../statistics/outcomes.ts';
import { splitOutcomes, type SplitScore } from '../training/evaluate.ts';
import { labelsOfRow, rowsOfSplit } from './calibrate.ts';
import { PLAIN_TOKENS, type PlainToken } from './card-code.ts';
import type { CardParams } from './card.ts';
import { licenceIn } from './licence.ts';
import type { ClassifierRecord } from './record.ts';
import type { SaveParams } from './save-params.ts';

type CardBasis = Omit<CardParams, 'hasLogits' | 'hasPipeline' | 'isSentenceEncoder' | 'testCalibration' | 'kept' | 'blocksAbove'>;

/** What a card says, as far as the folder does not decide it. */
export async function cardOf(params: SaveParams, record: ClassifierRecord): Promise<CardBasis> {
  const { encoder, files, dataset, out, result, objective, settings, cut } = params;
  const train = rowsOfSplit(dataset, 'train');
  const trainCounts = dataset.classes.map(() => 0);
  for (const row of train) for (const label of labelsOfRow(dataset, row)) trainCounts[label]!++;
  const outcomesOf = (scores: readonly SplitScore[], split: Split): ClassOutcomes | undefined => {
    const found = scores.find((score) => score.split === split);
    return found && splitOutcomes(dataset, found);
  };
  return {
    name: path.basename(path.resolve(out)),
    record,
    encoder: encoder.name,
    objective,
    settings,
    version: packageVersion(),
    texts: Object.fromEntries(SPLITS.map((split) => [split, rowsOfSplit(dataset, split).length])),
    sample: dataset.sample,
    trainCounts,
    splits: SPLITS.flatMap((split) => {
      const trained = outcomesOf(result.scores, split);
      return trained === undefined ? [] : [{ split, trained, frozen: outcomesOf(result.frozen, split) }];
    }),
    cut,
    total: dataset.texts.length,
    licence: params.licence ?? (await licenceIn(files.folder)),
    baseModel: params.baseModel,
    hubDataset: params.hubDataset,
    inputs: files.onnx === undefined ? encoder.inputs.filter(({ name }) => name === 'input_ids' || name === 'attention_mask') : encoder.inputs,
    firstPosition: encoder.positions.first,
    padId: encoder.tokenizer.padId,
    truncation: encoder.tokenizer.truncation,
    token: plainToken(params),
  };
}

/** The pooling, where a line of another program makes the same. */
function plainToken({ spec: { token, combine, layers, unit, published }, encoder }: SaveParams): PlainToken | undefined {
  const isPlain = combine === 'one' && layers[0] === encoder.depth && unit !== true && published === undefined && skippedTokens(encoder) === 0;
  return isPlain ? PLAIN_TOKENS.find((each) => each === token) : undefined;
}
