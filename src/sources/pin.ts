import { HarnessError } from '../errors.ts';
import type { ModelVariant } from '../registry/schema.ts';
import { placesOf, withSources, type PlacedVariant } from '../registry/variant-sources.ts';
import { severalFailed } from './failures.ts';
import type { Pins } from './file-source.ts';
import { openSource } from './open-source.ts';
import type { SourceContext } from './source-context.ts';
import { checkPins } from './variant.ts';

export interface PinnedVariant extends Pick<ModelVariant, 'from' | 'integrity' | 'files'> {
  /** Errors of sources that were left unpinned while others were pinned. */
  readonly failures: readonly HarnessError[];
}

/**
 * Pins a variant to exact bytes: the newest commit of its revision, the integrity of its package, sha256 and size of every file. Of a hub
 * repository only small files are downloaded, the hub lists the hashes of large ones. Of several sources each one is pinned that has the
 * files in the entry. Throws OFFLINE, SOURCE, CHECKSUM if none is.
 */
export async function pinVariant(context: SourceContext, variant: ModelVariant): Promise<PinnedVariant> {
  const failures: HarnessError[] = [];
  const pins: (Pins | undefined)[] = [];
  for (const place of placesOf(variant)) {
    try {
      pins.push(await pinsOf(context, place));
    } catch (error) {
      if (!(error instanceof HarnessError)) throw error;
      failures.push(error);
      pins.push(undefined);
    }
  }
  const first = pins.find((each) => each !== undefined);
  if (first === undefined) throw failures.length === 1 ? failures[0]! : severalFailed(placesOf(variant)[0].from, failures);
  const sources = withSources(variant, (source, at) => ({ ...source, ...(pins[at] && placeOf(pins[at])) }));
  return { ...sources, files: first.files, failures };
}

function placeOf({ from, integrity }: Pins): Pick<Pins, 'from' | 'integrity'> {
  return { from, ...(integrity !== undefined && { integrity }) };
}

async function pinsOf(context: SourceContext, place: PlacedVariant): Promise<Pins> {
  const { files: known, ...source } = await openSource(context, place.from).pin(place);
  const files = known ?? (await hashes(context, { ...place, ...source }));
  // Several sources must have the same files.
  if (place.exact) {
    const found = Object.entries(files).map(([file, { sha256 = '', bytes = 0 }]) => [file, { path: '', sha256, bytes }] as const);
    checkPins(place, new Map(found), place.from);
  }
  return { ...source, files };
}

async function hashes(context: SourceContext, place: PlacedVariant): Promise<ModelVariant['files']> {
  const { files } = await openSource(context, place.from).fetchModel(place);
  return Object.fromEntries([...files].map(([file, { sha256, bytes }]) => [file, { sha256, bytes }]));
}
