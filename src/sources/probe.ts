import type { PlacedVariant } from '../registry/variant-sources.ts';
import { lackOf } from './encoder-files.ts';
import type { ProbeRequest } from './file-source.ts';
import { openSource } from './open-source.ts';
import type { SourceContext } from './source-context.ts';
import { onnxOf, pinnedFiles, prefixOf } from './variant.ts';

/** What a variant of an encoder cannot do without at one of its sources. */
export function probeOf(variant: PlacedVariant): ProbeRequest {
  const folder = prefixOf(variant);
  return {
    from: variant.from,
    paths: pinnedFiles(variant).map(({ path: file }) => `${folder}${file}`),
    lack: (paths) => lackOf({ paths, onnx: onnxOf(variant), folder }),
    integrity: variant.integrity,
  };
}

/** Asks a source whether it answers and has what is wanted, and downloads none of it. Throws OFFLINE, SOURCE, CHECKSUM where not. */
export async function probe(context: SourceContext, request: ProbeRequest): Promise<void> {
  await openSource(context, request.from).probe(request);
}
