import { HarnessError } from '../errors.ts';
import type { ModelEntry, ModelVariant } from '../registry/schema.ts';
import { placesOf, type PlacedVariant } from '../registry/variant-sources.ts';
import { severalFailed, wantedFor } from './failures.ts';
import type { FileSource, ModelFiles } from './file-source.ts';
import { firstValid, type Answer } from './first-valid.ts';
import { hubVariant, type HubRequest } from './hub/hub-variant.ts';
import { mirroredFiles } from './mirrored.ts';
import { openSource } from './open-source.ts';
import type { SourceContext } from './source-context.ts';
import { CHECKPOINT_DTYPES, linkedModel } from './variant.ts';

/**
 * The encoder of a registry entry, in the requested weight precision or else the first available. Throws SOURCE, OFFLINE, CHECKSUM; OPTION
 * for a precision that it does not have.
 */
export async function fetchModel(context: SourceContext, entry: ModelEntry, dtype?: string): Promise<ModelFiles> {
  const errors: HarnessError[] = [];
  for (const variant of chosenVariants(entry, dtype)) {
    const answer = await askSources(context, variant);
    if ('found' in answer) return answer.found;
    errors.push(...answer.errors);
  }
  throw allFailed(entry.key, errors);
}

function allFailed(name: string, errors: readonly HarnessError[]): HarnessError {
  return errors.length === 1 ? wantedFor(errors[0]!, name) : severalFailed(name, errors);
}

/** Variants that match, in the order of the entry. Throws if the entry cannot be run, or not in that precision. */
export function chosenVariants(entry: ModelEntry, dtype?: string): readonly ModelVariant[] {
  const { key, concat, variants } = entry;
  if (concat === true)
    throw new HarnessError('OPTION', { where: key, what: 'It is a concatenation of the other encoders, not a single encoder.' });
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
      hint: `Available: ${[...new Set(variants.map((variant) => variant.dtype))].join(', ')}.`,
    });
  }
  return fitting;
}

/** An encoder of a hub repository without a registry entry. */
export async function fetchHubModel(context: SourceContext, request: HubRequest): Promise<ModelFiles> {
  return fetchVariant(context, await hubVariant(context, request));
}

/** The files of one variant, from mirrors if they have all of them. Throws SOURCE, OFFLINE, CHECKSUM. */
export async function fetchVariant(context: SourceContext, variant: ModelVariant): Promise<ModelFiles> {
  const answer = await askSources(context, variant);
  if ('found' in answer) return answer.found;
  const [first] = answer.errors;
  throw answer.errors.length === 1 ? first! : severalFailed(placesOf(variant)[0].from, answer.errors);
}

/** The files of one variant from the first of its sources that has them; else an error with the message of each. */
async function askSources(context: SourceContext, variant: ModelVariant): Promise<Answer<ModelFiles>> {
  // All are opened before any is used: an invalid source is an error at any position.
  const opened = placesOf(variant).map((place) => ({ place, source: openSource(context, place.from) }));
  const [{ place: first }] = opened as [(typeof opened)[number]];
  const mirrored = await mirroredFiles(context, first);
  if (mirrored !== undefined) return { found: await linkedModel(context, first, mirrored, revisionOf(opened)) };
  const answer = await firstValid(
    context,
    opened.map(({ place, source }) => ({
      name: place.from,
      state: async () => (await source.modelAvailability(place, false)).state,
      fetch: () => source.fetchModel(place),
    })),
  );
  return 'found' in answer && first.exact ? { found: { ...answer.found, revision: revisionOf(opened) } } : answer;
}

/**
 * The revision shown in rows if several sources have the same bytes, whichever was used: the first immutable one, else the first. A local
 * path is not shown.
 */
function revisionOf(opened: readonly { readonly place: PlacedVariant; readonly source: FileSource }[]): string {
  const pinned = opened.map(({ source }) => source.pinned).find((each) => each !== undefined);
  return pinned ?? opened.map(({ place }) => place.from).find((from) => !from.startsWith('file:')) ?? '';
}
