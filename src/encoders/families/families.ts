import { HarnessError, option } from '../../errors.ts';
import { albert } from './albert.ts';
import { bert } from './bert.ts';
import { bigbird } from './bigbird.ts';
import type { Config } from './config.ts';
import { debertaV2 } from './deberta-v2.ts';
import { distilbert } from './distilbert.ts';
import { eurobert } from './eurobert.ts';
import type { Family } from './family.ts';
import { gemma3 } from './gemma3.ts';
import { gte } from './gte.ts';
import { jinaV2 } from './jina-v2.ts';
import { jinaV3 } from './jina-v3.ts';
import { llama } from './llama.ts';
import { longformer } from './longformer.ts';
import { mistral } from './mistral.ts';
import { modernbert } from './modernbert.ts';
import { mpnet } from './mpnet.ts';
import { nomicBert } from './nomic-bert.ts';
import { qwen2 } from './qwen2.ts';
import { qwen3 } from './qwen3.ts';
import { roberta } from './roberta.ts';
import { staticTable } from './static.ts';
import { t5 } from './t5.ts';

/** All supported families. */
export const FAMILIES: readonly Family[] = [
  jinaV2,
  jinaV3,
  bert,
  roberta,
  longformer,
  modernbert,
  distilbert,
  mpnet,
  debertaV2,
  bigbird,
  albert,
  t5,
  nomicBert,
  gte,
  llama,
  mistral,
  qwen2,
  qwen3,
  eurobert,
  gemma3,
  staticTable,
];

/** The family of an encoder. Throws FORMAT, listing the known ones, for an unknown `model_type`. */
export function familyOf(config: Config): Family {
  const type = config.modelType;
  const family = FAMILIES.find(({ types, means }) => types.includes(type) && (means === undefined || means(config)));
  if (family !== undefined) return family;
  const known = [...new Set(FAMILIES.flatMap(({ types }) => types))].toSorted().join(', ');
  throw new HarnessError('FORMAT', {
    where: `${config.file}: model_type`,
    what: `Encoders of type "${type}" are not supported; supported: ${known}.`,
    hint: `Its ONNX export works: put model.onnx and tokenizer.json into a folder and give ${option('model')} FOLDER.`,
  });
}
