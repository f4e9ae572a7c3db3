import { HarnessError } from '../errors.ts';
import type { ModelEntry, ModelVariant } from '../registry/schema.ts';
import { severalFailed, wantedFor } from './failures.ts';
import type { ModelFiles } from './file-source.ts';
import { hubVariant, type HubRequest } from './hub/hub-variant.ts';
import { mirroredFiles } from './mirrored.ts';
import { openSource } from './open-source.ts';
import type { SourceContext } from './source-context.ts';
import { CHECKPOINT_DTYPES, linkedModel } from './variant.ts';

/**
 * The encoder of a registry entry, in the number type asked for or else the first that some source gives. Throws SOURCE, OFFLINE, CHECKSUM;
 * OPTION for a number type that it does not come in.
 */
export async function fetchModel(context: SourceContext, entry: ModelEntry, dtype?: string): Promise<ModelFiles> {
  const errors: HarnessError[] = [];
  for (const variant of chosenVariants(entry, dtype)) {
    try {
      return await fetchVariant(context, variant);
    } catch (error) {
      if (!(error instanceof HarnessError)) throw error;
      errors.push(error);
    }
  }
  if (errors.length === 1) throw wantedFor(errors[0]!, entry.key);
  throw severalFailed(entry.key, errors);
}

/** Variants that serve, in the order of the entry. Throws where the entry is nothing to run, or not in that number type. */
export function chosenVariants(entry: ModelEntry, dtype?: string): readonly ModelVariant[] {
  const { key, concat, variants } = entry;
  if (concat === true)
    throw new HarnessError('OPTION', { where: key, what: 'It is no encoder of its own: it joins the others of the run.' });
  const fitting =
    dtype === undefined
      ? variants
      : [
          ...variants.filter((variant) => variant.dtype === dtype),
          ...variants.filter((variant) => variant.dtype !== dtype && variant.onnx === undefined && CHECKPOINT_DTYPES.includes(dtype)),
        ];
  if (fitting.length === 0) {
    throw new HarnessError('SOURCE', {
      where: key,
      what: `It is not registered as ${dtype}.`,
      hint: `It comes as ${[...new Set(variants.map((variant) => variant.dtype))].join(', ')}.`,
    });
  }
  return fitting;
}

/** An encoder of a hub repository that no registry knows. */
export async function fetchHubModel(context: SourceContext, request: HubRequest): Promise<ModelFiles> {
  return fetchVariant(context, await hubVariant(context, request));
}

/** The files of one variant, from mirrors where they have all of them. Throws SOURCE, OFFLINE, CHECKSUM. */
export async function fetchVariant(context: SourceContext, variant: ModelVariant): Promise<ModelFiles> {
  const source = openSource(context, variant.from);
  const mirrored = await mirroredFiles(context, variant);
  if (mirrored !== undefined) return linkedModel(context, variant, mirrored, source.pinned ?? variant.from);
  return source.fetchModel(variant);
}
