import path from 'node:path';
import { HarnessError, shown } from '../errors.ts';
import { readJson, readJsonObject } from './json-file.ts';
import { readMakersConfig } from './makers-config.ts';
import { readSentenceConfig } from './sentence-config.ts';
import { leadsOut, sentenceModules, transformerFolder } from './sentence-modules.ts';
import { own } from '../own.ts';

/** How the makers of a sentence encoder turn token vectors into one. */
export interface PublishedPooling {
  readonly token: 'cls' | 'mean' | 'max' | 'last' | 'weighted-mean';
  /** Scaled to length 1 afterwards. */
  readonly normalize: boolean;
}

/** Flags of a Pooling module's config.json (sentence-transformers, models/Pooling.py), and newer versions' `pooling_mode`. */
const MODES: Readonly<Record<string, PublishedPooling['token']>> = {
  pooling_mode_cls_token: 'cls',
  pooling_mode_mean_tokens: 'mean',
  pooling_mode_max_tokens: 'max',
  pooling_mode_lasttoken: 'last',
  pooling_mode_weightedmean_tokens: 'weighted-mean',
};
const WORDS: Readonly<Record<string, PublishedPooling['token']>> = { cls: 'cls', mean: 'mean', max: 'max', lasttoken: 'last', weightedmean: 'weighted-mean' };

/** Why there is none. */
export interface NoPublishedPooling {
  readonly reason: string;
}

/** The pooling of a sentence-transformers folder, or why none can be had from it: that ends one row of a table, not a run. */
export async function publishedPooling(folder: string): Promise<PublishedPooling | NoPublishedPooling> {
  try {
    return await readPooling(folder);
  } catch (error) {
    if (error instanceof HarnessError) return { reason: error.message };
    throw error;
  }
}

/**
 * `modules.json` names a transformer, a pooling and perhaps a normalisation. Throws FORMAT where there is none or it
 * asks for what is not done here.
 */
async function readPooling(folder: string): Promise<PublishedPooling> {
  const file = path.join(folder, 'modules.json');
  const modules = await readJson(file);
  if (modules === undefined) throw refusal(file, 'The encoder was not published with a pooling of its own: there is no such file.');
  const kinds = sentenceModules(modules);
  if (kinds === undefined) throw refusal(file, 'It is no list of modules.');
  const [transformer, pooling, normalize, ...more] = kinds;
  if (transformer?.kind !== 'Transformer' || pooling?.kind !== 'Pooling' || (normalize !== undefined && normalize.kind !== 'Normalize') || more.length > 0) {
    throw refusal(file, `Its modules are ${kinds.map(({ kind }) => kind || 'unknown').join(', ')}; Transformer, Pooling and Normalize are known.`);
  }
  await refuseOtherTasks(transformerFolder(folder));
  await refuseOtherVectors(folder);
  if (normalize !== undefined) await refuseOtherLengths(folder, normalize.at);
  return { token: await tokenPooling(folder, pooling.at), normalize: normalize !== undefined };
}

/** What is done to texts before, or to vectors behind, the modules. */
async function refuseOtherVectors(folder: string): Promise<void> {
  const { file, modelType, kept } = await readMakersConfig(folder);
  if (modelType !== 'SentenceTransformer') {
    throw refusal(file, `Its model_type is ${shown(modelType)}, whose modules are used in another way; SentenceTransformer is known.`);
  }
  if (kept !== null) throw refusal(file, `It keeps the first ${shown(kept)} numbers of a vector (truncate_dim), which is not done here.`);
}

/** A Normalize for other vectors than a text's: of its tokens, say. */
async function refuseOtherLengths(folder: string, at: string): Promise<void> {
  if (leadsOut(at)) throw refusal(path.join(folder, 'modules.json'), `"${at}" lies outside the folder.`);
  // Older folders have no path, or none that is there.
  const file = path.join(folder, at, 'config.json');
  const config = at === '' ? undefined : await readJsonObject(file);
  for (const key of ['module_input_name', 'module_output_name']) {
    const name = config?.[key] ?? 'sentence_embedding';
    if (name !== 'sentence_embedding') throw refusal(file, `Its ${key} is ${shown(name)}; sentence_embedding is known.`);
  }
}

/** A transformer whose token vectors are not its last hidden state, or whose texts are put into a conversation. */
async function refuseOtherTasks(folder: string): Promise<void> {
  const { file, values } = await readSentenceConfig(folder);
  const task = values['transformer_task'] ?? 'feature-extraction';
  if (task !== 'feature-extraction') {
    throw refusal(path.join(folder, file), `Its transformer_task is ${shown(task)}; feature-extraction is known.`);
  }
  const modalities = values['modality_config'];
  if (typeof modalities !== 'object' || modalities === null) return;
  if ('message' in modalities) throw refusal(path.join(folder, file), 'It puts texts into a conversation, which is not done here.');
  const { text } = modalities as { text?: { method_output_name?: unknown } };
  const output = text?.method_output_name ?? 'last_hidden_state';
  if (output !== 'last_hidden_state') {
    throw refusal(path.join(folder, file), `It pools ${shown(output)} of the network; last_hidden_state is known.`);
  }
}

async function tokenPooling(folder: string, at: string): Promise<PublishedPooling['token']> {
  if (leadsOut(at)) throw refusal(path.join(folder, 'modules.json'), `"${at}" lies outside the folder.`);
  const file = path.join(folder, at, 'config.json');
  const config = await readJsonObject(file);
  if (config === undefined) throw refusal(file, 'The pooling has no config.json.');
  const on = Object.hasOwn(config, 'pooling_mode') ? [config['pooling_mode']].flat() : flagsOn(config, file);
  const [word] = on;
  const token = typeof word === 'string' ? own(WORDS, word) ?? own(MODES, word) : undefined;
  if (on.length !== 1 || token === undefined) {
    throw refusal(
      file,
      `It pools by ${on.map((each) => (typeof each === 'string' ? each : shown(each))).join(' and ') || 'nothing'}, which is not known `
        + 'here.',
    );
  }
  return token;
}

/** What the reference takes for a switch that is on, and is none, would be another pooling there. */
function flagsOn(config: Readonly<Record<string, unknown>>, file: string): string[] {
  const flags = Object.entries(config).filter(([key]) => key.startsWith('pooling_mode_'));
  const odd = flags.find(([, value]) => typeof value !== 'boolean');
  if (odd !== undefined) throw refusal(file, `Its ${odd[0]} is ${shown(odd[1])}, where true or false is wanted.`);
  return flags.filter(([, value]) => value === true).map(([key]) => key);
}

function refusal(where: string, what: string): HarnessError {
  return new HarnessError('FORMAT', { where, what, hint: 'Name another pooling: cls, mean, …' });
}
