import { copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { checkWeights } from '../graph/finite-weights.ts';
import { findHiddenStates, noteStates } from '../graph/hidden-states.ts';
import { outputLastState } from '../graph/last-output.ts';
import { lower } from '../graph/lowering.ts';
import { readModel } from '../graph/read.ts';
import { reweight } from '../graph/reweight.ts';
import { writeModel } from '../graph/write.ts';
import { exportEncoder, TRAINED_WEIGHTS, trainedPlaces, withLayers, type ExportParams, type Note } from './export.ts';
import { writeFolder } from './export-folder.ts';
import { readJsonObject } from './json-file.ts';
import { jsonLike } from './json-text.ts';
import { readSentenceTransformersConfig } from './sentence-transformers-config.ts';
import { copyModules } from './module-folders.ts';
import type { Prompt } from './prompted-text.ts';
import { stateWidth } from './state-width.ts';
import { TRAINING_RECORD, type TrainingRecord } from './training-record.ts';

export interface ExportTrainedParams extends Omit<ExportParams, 'dtype' | 'weights' | 'notes'> {
  /** Its ONNX file; undefined for a checkpoint. */
  readonly onnx: string | undefined;
  /** Weights after training, a safetensors file of float32 with the graph's own names. */
  readonly weights: string;
  /** Prompt of the training: the folder declares it as its default, so that it is used as trained. */
  readonly prompt?: Pick<Prompt, 'name' | 'text'> | undefined;
  /** How it was trained: written next to it as training.json. */
  readonly record: TrainingRecord;
}

/** Larger than any tokenizer; larger files are weights. */
const MOST_BESIDE = 64 << 20;
/** Configuration, vocabularies and tokenizers, by extension. */
const BESIDE = /\.(json|txt|model)$/;
const INDEX = /\.index\.json$/;

/**
 * Writes a trained encoder as a standard ONNX folder; one opened from a checkpoint also as a checkpoint (model.safetensors), for further
 * training or for Python: except if it is truncated before a final norm, which every reader of config.json would apply after the
 * truncation. The folder is written atomically. Returns human-readable notes, one sentence each. Throws OUTPUT if something exists already,
 * or it cannot be written.
 */
export async function exportTrained({ onnx, record, prompt, ...params }: ExportTrainedParams): Promise<readonly string[]> {
  const notes = [
    { name: TRAINING_RECORD, text: `${JSON.stringify(record, undefined, 2)}\n` },
    ...(await defaultPrompt(params.folder, prompt)),
  ];
  if (onnx === undefined) {
    const { files } = await exportEncoder({ ...params, dtype: 'fp32', notes });
    return files.includes(TRAINED_WEIGHTS)
      ? []
      : [`${params.out}: Only its ONNX file is saved: config.json cannot express a cut encoder without its last norm.`];
  }
  const { folder, weights, out, firstLayers, overwrite, additions } = params;
  await writeFolder({ out, overwrite }, async (partial) => {
    await copyBeside({ folder, firstLayers }, partial);
    await writeGraph({ onnx, weights, firstLayers, additions }, path.join(partial, 'onnx'));
    for (const note of notes) await writeFile(path.join(partial, note.name), note.text);
    await additions?.files?.(partial);
  });
  return [];
}

/** Name of an unnamed prompt. */
const TRAINED_WITH = 'trained';

/** The configuration that declares the default prompt, if the original folder does not do so already. */
async function defaultPrompt(folder: string, prompt: ExportTrainedParams['prompt']): Promise<Note[]> {
  const { file, prompts, defaultPrompt: before } = await readSentenceTransformersConfig(folder);
  if ((before === undefined ? '' : prompts.get(before)) === (prompt?.text ?? '')) return [];
  const name = prompt === undefined ? null : (prompt.name ?? TRAINED_WITH);
  const values = (await readJsonObject(file)) ?? {};
  const named = { ...Object.fromEntries(prompts), ...(name !== null && { [name]: prompt!.text }) };
  const text = `${JSON.stringify({ ...values, prompts: named, default_prompt_name: name }, undefined, 2)}\n`;
  return [{ name: path.basename(file), text }];
}

/** Configuration, tokenizer and other files that are not weights. */
async function copyBeside({ folder, firstLayers }: Pick<ExportParams, 'folder' | 'firstLayers'>, partial: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const from = path.join(folder, name);
    const found = await stat(from);
    if (found.isFile() && found.size < MOST_BESIDE && BESIDE.test(name) && !INDEX.test(name)) {
      await copyFile(from, path.join(partial, name));
    }
  }
  await copyModules(folder, partial);
  const config = path.join(partial, 'config.json');
  const values = firstLayers === undefined ? undefined : await readJsonObject(config);
  // An ONNX file may have no config.json.
  if (values !== undefined) await writeFile(config, jsonLike(JSON.parse(withLayers(values, firstLayers!)), await readFile(config, 'utf8')));
}

async function writeGraph(
  { onnx, weights, firstLayers, additions }: Pick<ExportTrainedParams, 'weights' | 'firstLayers' | 'additions'> & { readonly onnx: string },
  folder: string,
): Promise<void> {
  const { model: plain } = await lower(await readModel(onnx));
  const states = findHiddenStates(plain, onnx).slice(0, firstLayers === undefined ? undefined : firstLayers + 1);
  const model = reweight(plain, trainedPlaces(weights));
  outputLastState(model.proto.graph!, { states, width: stateWidth(model, states) });
  noteStates(model.proto, states);
  checkWeights(model, onnx);
  await additions?.graph?.(model, states);
  await mkdir(folder);
  await writeModel(model, path.join(folder, 'model.onnx'));
}
