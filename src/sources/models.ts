import { HarnessError } from '../errors.ts';
import type { ModelEntry, ModelVariant } from '../registry/schema.ts';
import { placesOf, type PlacedVariant } from '../registry/variant-sources.ts';
import { severalFailed, wantedFor } from './failures.ts';
import type { FileSource, ModelFiles } from './file-source.ts';
import { firstRight, type Answer } from './first-right.ts';
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
    const answer = await askSources(context, variant);
    if ('found' in answer) return answer.found;
    errors.push(...answer.errors);
  }
  throw allFailed(entry.key, errors);
}

function allFailed(name: string, errors: readonly HarnessError[]): HarnessError {
  return errors.length === 1 ? wantedFor(errors[0]!, name) : severalFailed(name, errors);
}

/** Variants that serve, in the order of the entry. Throws where the entry is nothing to run, or not in that number type. */
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

/** An encoder of a hub repository that no registry knows. */
export async function fetchHubModel(context: SourceContext, request: HubRequest): Promise<ModelFiles> {
  return fetchVariant(context, await hubVariant(context, request));
}

/** The files of one variant, from mirrors where they have all of them. Throws SOURCE, OFFLINE, CHECKSUM. */
export async function fetchVariant(context: SourceContext, variant: ModelVariant): Promise<ModelFiles> {
  const answer = await askSources(context, variant);
  if ('found' in answer) return answer.found;
  const [first] = answer.errors;
  throw answer.errors.length === 1 ? first! : severalFailed(placesOf(variant)[0].from, answer.errors);
}

/** The files of one variant from the first of its sources that gives them; else what each of them said. */
async function askSources(context: SourceContext, variant: ModelVariant): Promise<Answer<ModelFiles>> {
  // All are opened before one is asked: what names no source is an error wherever it stands.
  const opened = placesOf(variant).map((place) => ({ place, source: openSource(context, place.from) }));
  const [{ place: first }] = opened as [(typeof opened)[number]];
  const mirrored = await mirroredFiles(context, first);
  if (mirrored !== undefined) return { found: await linkedModel(context, first, mirrored, revisionOf(opened)) };
  const answer = await firstRight(
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
 * What rows call the bytes that several sources have, whichever of them answered: the first that can never mean others, else the first. A
 * path of this disk is no name.
 */
function revisionOf(opened: readonly { readonly place: PlacedVariant; readonly source: FileSource }[]): string {
  const pinned = opened.map(({ source }) => source.pinned).find((each) => each !== undefined);
  return pinned ?? opened.map(({ place }) => place.from).find((from) => !from.startsWith('file:')) ?? '';
}
