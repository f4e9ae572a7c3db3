import { HarnessError, option } from '../errors.ts';
import { resolveFileSource } from './file-source.ts';
import { loadRegistry, lookUp, unknownName } from './load.ts';
import { modelsFile, type ModelEntry } from './schema.ts';
import { checkSources, withSources } from './variant-sources.ts';

export type Models = ReadonlyMap<string, ModelEntry>;

/** Encoders by key: those of models.json, or of one's own file. Throws REGISTRY. */
export function loadModels(file?: string): Models {
  const entries = loadRegistry({ file: 'models.json', under: 'models', schema: modelsFile }, file);
  for (const { key, concat, variants } of entries.values()) {
    if (concat === true && variants.length > 0) {
      throw new HarnessError('REGISTRY', {
        where: file ?? 'models.json',
        what: `${key} has variants and is a concatenation.`,
        hint: 'Leave "concat" out where it is an encoder.',
      });
    }
    for (const [at, variant] of variants.entries()) checkSources(variant, { file: file ?? 'models.json', at: `${key}.variants[${at}]` });
    if (variants.length > 0 || concat === true) continue;
    throw new HarnessError('REGISTRY', {
      where: file ?? 'models.json',
      what: `${key} has no variants.`,
      hint: 'Say where its ONNX file or its checkpoint is.',
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
  /** `KEY@N`: the encoder is cut after this layer. */
  readonly firstLayers?: number;
}

/** The encoder of a key, an alias or `KEY@N`. Throws UNKNOWN_NAME; OPTION for a cut where there is no layer. */
export function findModel(models: Models, name: string): FoundModel {
  const [, base = name, cut] = /^(.*)@([^@]*)$/.exec(name) ?? [];
  const entry = lookUp(models, base);
  if (entry === undefined) {
    const hint = /^(hf:)?[\w.-]+\/[\w.-]+(@\S+)?$/.test(name)
      ? `A hub repository is named with ${option('model')} hf:${name.replace(/^hf:/, '')}.`
      : `\`bench models\` lists them; ${option('model')} takes a folder or hf:org/name.`;
    throw unknownName({ entries: models, name: base, what: 'encoder', hint });
  }
  if (cut === undefined) return { entry };
  if (entry.concat === true)
    throw new HarnessError('OPTION', { where: name, what: `${entry.key} is not an encoder of its own and has no layers to cut.` });
  const firstLayers = /^\d+$/.test(cut) ? Number(cut) : 0;
  const last = entry.layers ?? Number.POSITIVE_INFINITY;
  if (firstLayers < 1 || firstLayers > last) {
    throw new HarnessError('OPTION', {
      where: name,
      what: `There is no layer "${cut}" to cut after.`,
      hint: entry.layers === undefined ? 'Write KEY@N with a layer number from 1.' : `${entry.key} has layers 1 to ${entry.layers}.`,
    });
  }
  return { entry, firstLayers };
}
