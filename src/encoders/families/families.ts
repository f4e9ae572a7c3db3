import { HarnessError, option } from '../../errors.ts';
import { bert } from './bert.ts';
import { bigbird } from './bigbird.ts';
import type { Config } from './config.ts';
import { debertaV2 } from './deberta-v2.ts';
import { distilbert } from './distilbert.ts';
import type { Family } from './family.ts';
import { longformer } from './longformer.ts';
import { modernbert } from './modernbert.ts';
import { mpnet } from './mpnet.ts';
import { roberta } from './roberta.ts';
import { staticTable } from './static.ts';

/** Every family that can be built. */
export const FAMILIES: readonly Family[] = [bert, roberta, longformer, modernbert, distilbert, mpnet, debertaV2, bigbird, staticTable];

/** The family of an encoder. Throws FORMAT, with those that are known, for a `model_type` that is none of them. */
export function familyOf(config: Config): Family {
  const type = config.modelType;
  const family = FAMILIES.find(({ types }) => types.includes(type));
  if (family !== undefined) return family;
  const known = FAMILIES.flatMap(({ types }) => types)
    .toSorted()
    .join(', ');
  throw new HarnessError('FORMAT', {
    where: `${config.file}: model_type`,
    what: `Encoders of the type "${type}" cannot be built yet; those that can are ${known}.`,
    hint: `An ONNX file of it works as it is: put model.onnx and tokenizer.json into a folder and give ${option('model')} FOLDER.`,
  });
}
