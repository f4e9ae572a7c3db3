import { HarnessError, option } from '../errors.ts';
import { resolveFileSource } from './file-source.ts';
import { loadRegistry, lookUp, unknownName } from './load.ts';
import { modelsFile, type ModelEntry } from './schema.ts';
import { checkSources, withSources } from './variant-sources.ts';

export type Models = ReadonlyMap<string, ModelEntry>;

/** Encoders by key: those of models.json, or of the user's file. Throws REGISTRY. */
export function loadModels(file?: string): Models {
  const entries = loadRegistry({ file: 'models.json', under: 'models', schema: modelsFile }, file);
  for (const { key, concat, variants } of entries.values()) {
    if (concat === true && variants.length > 0) {
      throw new HarnessError('REGISTRY', {
        where: file ?? 'models.json',
        what: `${key} has variants and is a concatenation.`,
        hint: 'Remove "concat" if it is an encoder.',
      });
    }
    for (const [at, variant] of variants.entries()) checkSources(variant, { file: file ?? 'models.json', at: `${key}.variants[${at}]` });
    if (variants.length > 0 || concat === true) continue;
    throw new HarnessError('REGISTRY', {
      where: file ?? 'models.json',
      what: `${key} has no variants.`,
      hint: 'Add the source of its ONNX file or checkpoint.',
    });
  }
  return new Map(
    [...entries].map(([key, entry]) => [
      key,
      {
        ...entry,
        variants: entry.variants.map((variant) => ({
          ...variant,
          from: withSources(variant, (source) => ({ ...source, from: resolveFileSource(source.from, file) })).from,
        })),
      },
    ]),
  );
}

export interface FoundModel {
  readonly entry: ModelEntry;
  /** `KEY@N`: keep only the first N layers of the encoder. */
  readonly firstLayers?: number;
}

/** The encoder of a key, an alias or `KEY@N`. Throws UNKNOWN_NAME; OPTION if the layer N does not exist. */
export function findModel(models: Models, name: string): FoundModel {
  const [, base = name, cut] = /^(.*)@([^@]*)$/.exec(name) ?? [];
  const entry = lookUp(models, base);
  if (entry === undefined) {
    const hint = /^(hf:)?[\w.-]+\/[\w.-]+(@\S+)?$/.test(name)
      ? `For a hub repository use ${option('model')} hf:${name.replace(/^hf:/, '')}.`
      : `See \`bench models\`; for a folder or hf:org/name use ${option('model')}.`;
    throw unknownName({ entries: models, name: base, what: 'encoder', hint });
  }
  if (cut === undefined) return { entry };
  if (entry.concat === true)
    throw new HarnessError('OPTION', { where: name, what: `${entry.key} is a concatenation and has no layers to cut.` });
  const firstLayers = /^\d+$/.test(cut) ? Number(cut) : 0;
  const last = entry.layers ?? Number.POSITIVE_INFINITY;
  if (firstLayers < 1 || firstLayers > last) {
    throw new HarnessError('OPTION', {
      where: name,
      what: `No layer "${cut}".`,
      hint: entry.layers === undefined ? 'Write KEY@N with a layer number from 1.' : `${entry.key} has layers 1 to ${entry.layers}.`,
    });
  }
  return { entry, firstLayers };
}
