import path from 'node:path';
import { HarnessError } from '../errors.ts';
import type { FoundStates } from '../graph/hidden-states.ts';
import type { OnnxModel } from '../graph/read.ts';
import { largestDifference } from '../graph/states/compare.ts';
import { readJsonObject } from './json-file.ts';
import { innerLayers } from './shared-layers.ts';
import { stateWidth } from './state-width.ts';

/** Fields of config.json for the number of an encoder's layers, the first one present; for an encoder-decoder, the encoder's first. */
export const LAYER_KEYS = ['encoder_layers', 'num_encoder_layers', 'num_hidden_layers', 'n_layers', 'num_layers', 'n_layer'] as const;
/** Where the text encoder's settings are in those of a composite model. */
const PARTS = ['text_config', 'encoder', 'text_encoder', 'encoder_config', 'language_config', 'llm_config'] as const;

/** A layer count and its field: `num_hidden_layers`, `text_config.num_hidden_layers`. */
export interface StatedLayers {
  readonly key: string;
  readonly layers: number;
}

/** The number of layers in a configuration; undefined if missing. */
export function statedLayers(config: Readonly<Record<string, unknown>>): StatedLayers | undefined {
  for (const key of LAYER_KEYS) {
    const layers = Object.hasOwn(config, key) ? config[key] : undefined;
    if (typeof layers !== 'number' || !Number.isInteger(layers) || layers <= 0) continue;
    const inner = innerLayers(config);
    return inner === 1 ? { key, layers } : { key: `${key} times inner_group_num`, layers: layers * inner };
  }
  for (const part of PARTS) {
    const inner = Object.hasOwn(config, part) ? config[part] : undefined;
    const found =
      typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? statedLayers(inner as Record<string, unknown>) : undefined;
    if (found !== undefined) return { key: `${part}.${found.key}`, layers: found.layers };
  }
  return undefined;
}

export interface StatesCheck {
  readonly model: OnnxModel;
  readonly found: FoundStates;
  /** Folder of config.json. */
  readonly folder: string;
  /** The ONNX file, for messages. */
  readonly onnx: string;
}

/** Two tensors that should be equal differ only by rounding: relative to the largest number, with a tolerance for float16. */
const ROUNDING = 5e-3;

/**
 * Checks hidden states found in a graph against what else is known about them: the number of layers in config.json, and the graph's own
 * outputs of hidden states, by a run on a few tokens if the graph does not show that they are equal. Throws GRAPH if they disagree:
 * otherwise vectors of a wrong layer would be scored silently.
 */
export async function checkStates({ model, found: { states, unproven }, folder, onnx }: StatesCheck): Promise<void> {
  const config = path.join(folder, 'config.json');
  const values = (await readJsonObject(config)) ?? {};
  const stated = statedLayers(values);
  const layers = states.length - 1;
  if (stated !== undefined && stated.layers !== layers) {
    throw new HarnessError('GRAPH', {
      where: onnx,
      what:
        `${layers} ${layers === 1 ? 'layer was' : 'layers were'} found in its graph, but ${config} says ${stated.key} ` +
        `${stated.layers}.`,
      hint: 'Put its config.json next to the file, or export the encoder again with its last hidden state as output.',
    });
  }
  checkWidth({ model, config, values, onnx });
  if (unproven.length === 0) return;
  const differences = await largestDifference(
    model,
    unproven.map(({ found, output }) => [found, output] as const),
  );
  for (const [i, { found, output }] of unproven.entries()) {
    const { most, largest } = differences[i]!;
    if (most <= ROUNDING * largest) continue;
    const which = states.indexOf(output) === layers || output === states.at(-1) ? layers : states.indexOf(found);
    throw new HarnessError('GRAPH', {
      where: onnx,
      what:
        `Its output ${output} is not hidden state ${which} as computed by its layers: on a few tokens ` +
        `${most === Infinity ? 'their shapes differ' : `they differ by ${most.toPrecision(2)}, with values up to ${largest.toPrecision(2)}`}.`,
      hint: 'Export the encoder again as a plain ONNX graph with its last hidden state as output.',
    });
  }
}

interface WidthCheck {
  readonly model: OnnxModel;
  /** Path of config.json. */
  readonly config: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly onnx: string;
}

/** A config.json of another width belongs to another encoder, and so do its positions, lengths and family. Throws GRAPH. */
function checkWidth({ model, config, values, onnx }: WidthCheck): void {
  const { hidden_size: stated } = values;
  const width = stateWidth(model);
  if (typeof stated !== 'number' || width === undefined || width === stated) return;
  throw new HarnessError('GRAPH', {
    where: onnx,
    what: `Its last_hidden_state has ${width} dimensions, but ${config} says hidden_size ${stated}.`,
    hint: 'Put its config.json next to the file.',
  });
}
