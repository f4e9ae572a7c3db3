import { HarnessError } from '../errors.ts';
import type { ModelEntry, ModelVariant } from '../registry/schema.ts';
import { placesOf } from '../registry/variant-sources.ts';
import { hubVariant, type HubRequest } from './hub/hub-variant.ts';
import { nearestPlan } from './first-valid.ts';
import { mirroredFiles } from './mirrored.ts';
import { chosenVariants } from './models.ts';
import { openSource } from './open-source.ts';
import type { SourceContext } from './source-context.ts';
import type { Availability } from './types.ts';

/** Whether the encoder is on this disk, and the size of the download; the network is only used for sizes, and only if allowed. */
export async function planModel(
  context: SourceContext,
  entry: ModelEntry,
  { dtype, ask }: { dtype?: string | undefined; ask: boolean },
): Promise<Availability> {
  let first: Availability | undefined;
  for (const variant of chosenVariants(entry, dtype)) {
    const plan = await planVariant(context, variant, ask);
    if (plan.state !== 'missing' && plan.state !== 'download') return plan;
    if (first === undefined || (first.state === 'missing' && plan.state === 'download')) first = plan;
  }
  return first!;
}

/** The same for a repository without a registry entry. Throws SOURCE if it has neither an ONNX file nor a checkpoint. */
export async function planHubModel(context: SourceContext, request: HubRequest): Promise<Availability> {
  try {
    return await planVariant(context, await hubVariant(context, request), true);
  } catch (error) {
    if (error instanceof HarnessError && error.code === 'OFFLINE') return { state: 'missing', bytes: undefined };
    throw error;
  }
}

/** Whether a variant's files are on this disk. */
async function planVariant(context: SourceContext, variant: ModelVariant, ask: boolean): Promise<Availability> {
  const places = placesOf(variant);
  if ((await mirroredFiles(context, places[0])) !== undefined) return { state: 'mirrored', bytes: 0 };
  const opened = places.map((place) => ({ place, source: openSource(context, place.from) }));
  return nearestPlan(
    opened.map(
      ({ place, source }) =>
        () =>
          source.modelAvailability(place, ask),
    ),
  );
}
