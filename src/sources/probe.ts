import type { PlacedVariant } from '../registry/variant-sources.ts';
import { lackOf } from './encoder-files.ts';
import type { ProbeRequest } from './file-source.ts';
import { openSource } from './open-source.ts';
import type { SourceContext } from './source-context.ts';
import { onnxOf, pinnedFiles, prefixOf } from './variant.ts';

/** What a variant of an encoder requires from one of its sources. */
export function probeOf(variant: PlacedVariant): ProbeRequest {
  const folder = prefixOf(variant);
  return {
    from: variant.from,
    paths: pinnedFiles(variant).map(({ path: file }) => `${folder}${file}`),
    lack: (paths) => lackOf({ paths, onnx: onnxOf(variant), folder }),
    integrity: variant.integrity,
  };
}

/** Checks that a source answers and has what is required, without downloading it. Throws OFFLINE, SOURCE, CHECKSUM if not. */
export async function probe(context: SourceContext, request: ProbeRequest): Promise<void> {
  await openSource(context, request.from).probe(request);
}
