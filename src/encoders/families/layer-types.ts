import { HarnessError } from '../../errors.ts';
import { Config } from './config.ts';

/** What a layer attends to: the whole text, or a window of it. */
export const LAYER_TYPES = ['full_attention', 'sliding_attention'] as const;
export type LayerType = (typeof LAYER_TYPES)[number];

/** The list `layer_types` of config.json, one per layer; undefined if there is none. Throws FORMAT for other types and lengths. */
export function listedLayerTypes(config: Config, layers: number): LayerType[] | undefined {
  const types = config.values['layer_types'];
  if (!Array.isArray(types)) return undefined;
  if (types.length !== layers) {
    throw new HarnessError('FORMAT', {
      where: `${config.file}: layer_types`,
      what: `It lists ${types.length} layers, but num_hidden_layers is ${layers}.`,
      hint: 'Check the checkpoint.',
    });
  }
  const listed = new Config(`${config.file}: layer_types`, Object.fromEntries(types.entries()));
  return Array.from({ length: layers }, (_, layer) => listed.choice(String(layer), LAYER_TYPES));
}

/** `rope_parameters` with separate fields for each type of layer. Throws FORMAT for an invalid type. */
export function ropeByLayerType(config: Config): Config {
  const both = config.inside('rope_parameters');
  const strange = Object.keys(both.values).find((key) => !LAYER_TYPES.some((known) => known === key));
  if (strange !== undefined) {
    throw new HarnessError('FORMAT', {
      where: `${both.file}.${strange}`,
      what: `Unknown layer type; known: ${LAYER_TYPES.join(' and ')}.`,
      hint: 'Check the checkpoint, or use an ONNX file of the encoder.',
    });
  }
  return both;
}
