import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readStoredTensors } from '../../tensors/read-safetensors.ts';
import { WeightsFile } from '../../tensors/weights-file.ts';
import { leadsOut, sentenceModules } from '../sentence-modules.ts';

/**
 * Conventions of a static encoder, a table of token vectors whose mean is a text's vector: those of sentence-transformers, if a
 * modules.json begins with StaticEmbedding (model2vec writes one, too), else those of model2vec, which drops unknown tokens and normalises
 * as declared in its config.json.
 */
export type StaticRules = 'sentence-transformers' | 'model2vec';

const MODEL_TYPE = 'model2vec';
/** model2vec's name of the table. */
export const MODEL2VEC_TABLE = 'embeddings';

/**
 * The conventions of a folder with a static encoder: the folder itself, or that of its StaticEmbedding (`0_StaticEmbedding`). undefined:
 * not a static encoder. Reads only small files, and the header of weights if config.json does not identify them.
 */
export function staticRules(folder: string): StaticRules | undefined {
  const modules = firstModule(folder);
  if (modules !== undefined) return modules.kind === 'StaticEmbedding' ? 'sentence-transformers' : undefined;
  const above = firstModule(path.dirname(folder));
  if (above?.kind === 'StaticEmbedding' && path.normalize(above.at) === path.basename(folder)) return 'sentence-transformers';
  const type = (jsonIn(folder, 'config.json') as { model_type?: unknown } | undefined)?.model_type;
  if (type !== undefined) return type === MODEL_TYPE ? 'model2vec' : undefined;
  return hasModel2vecTable(path.join(folder, 'model.safetensors')) ? 'model2vec' : undefined;
}

function firstModule(folder: string): { readonly kind: string; readonly at: string } | undefined {
  const [first] = sentenceModules(jsonIn(folder, 'modules.json')) ?? [];
  return first === undefined || leadsOut(first.at) ? undefined : first;
}

/** Old model2vec folders have a config.json without `model_type`. */
function hasModel2vecTable(file: string): boolean {
  if (!existsSync(file)) return false;
  try {
    return WeightsFile.use(file, readStoredTensors).some(({ name }) => name === MODEL2VEC_TABLE);
  } catch {
    return false; // Errors are reported when it is opened.
  }
}

/** Content of a small JSON file; undefined if it is missing or invalid, which is reported when the encoder is opened. */
function jsonIn(folder: string, name: string): unknown {
  try {
    return JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}
