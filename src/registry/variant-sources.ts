import { HarnessError } from '../errors.ts';
import type { ModelVariant, VariantSource } from './schema.ts';

/** A variant at one of its sources. */
export interface PlacedVariant extends Omit<ModelVariant, 'from'> {
  readonly from: string;
  /** Several sources must have the same files: only files that the entry names are used, even if a source has others. */
  readonly exact: boolean;
  /** Folder with the adapter to be merged in. */
  readonly task?: string | undefined;
}

/** A variant at each of its sources, in order. */
export function placesOf(variant: ModelVariant): [PlacedVariant, ...PlacedVariant[]] {
  const { from, integrity: _integrity, folder: _folder, ...rest } = variant;
  const [first, ...others] = sourcesOf(variant).map((source) => ({ ...rest, ...source, exact: Array.isArray(from) }));
  return [first!, ...others];
}

/** The sources of a variant, in order. */
export function sourcesOf({ from, integrity, folder }: Pick<ModelVariant, 'from' | 'integrity' | 'folder'>): VariantSource[] {
  if (!Array.isArray(from)) return [{ from, ...(integrity !== undefined && { integrity }), ...(folder !== undefined && { folder }) }];
  return from.map((source) => (typeof source === 'string' ? { from: source } : source));
}

/** The same variant from other sources, in the form its author used: a single source stays single, a plain name a name. */
export function withSources(
  variant: ModelVariant,
  change: (from: VariantSource, at: number) => VariantSource,
): Pick<ModelVariant, 'from' | 'integrity'> {
  if (!Array.isArray(variant.from)) {
    const { from, integrity } = change(sourcesOf(variant)[0]!, 0);
    return { from, integrity };
  }
  return {
    from: sourcesOf(variant).map((source, at) => {
      const changed = change(source, at);
      return changed.integrity === undefined && changed.folder === undefined ? changed.from : changed;
    }),
  };
}

/**
 * Files that an encoder requires, in its folder. For a checkpoint its config.json; if an entry names a modules.json and no config.json, the
 * modules.json says where the rest is: sentence-transformers writes static encoders without one (`0_StaticEmbedding`), and others may have
 * it in `0_Transformer`.
 */
export function neededFiles({ onnx, files }: Pick<ModelVariant, 'onnx' | 'files'>): string[] {
  if (onnx !== undefined) return [onnx, 'tokenizer.json'];
  return files['config.json'] === undefined && files['modules.json'] !== undefined ? ['modules.json'] : ['config.json'];
}

/**
 * Throws REGISTRY if several sources are named for something that only one of them can be checked for: without a hash of each file, results
 * would depend on which source answered.
 */
export function checkSources({ from, integrity, folder, onnx, files }: ModelVariant, { file, at }: { file: string; at: string }): void {
  if (!Array.isArray(from)) return;
  const beside = integrity !== undefined ? 'integrity' : folder !== undefined ? 'folder' : undefined;
  if (beside !== undefined) {
    throw new HarnessError('REGISTRY', {
      where: file,
      what: `${at}.${beside} does not apply to a list of sources.`,
      hint: `Move it into its source: { "from": …, "${beside}": … }.`,
    });
  }
  const unknown = [...new Set([...neededFiles({ onnx, files }), ...Object.keys(files)])].find((name) => files[name]?.sha256 === undefined);
  if (unknown !== undefined) {
    throw new HarnessError('REGISTRY', {
      where: file,
      what: `${at}.files has no sha256 of ${unknown}, but there are several sources.`,
      hint: 'Results must not depend on which source answers: pin every file, or use a single source.',
    });
  }
}
