import type { ModelVariant } from '../registry/schema.ts';
import type { Pins } from './file-source.ts';
import { fetchVariant } from './models.ts';
import { openSource } from './open-source.ts';
import type { SourceContext } from './source-context.ts';

/**
 * What nails a variant to exact bytes: the newest commit of its revision, the integrity of its package, sha256 and size of every file. Of a
 * hub repository only the small files are downloaded, the hub says the hashes of the large ones. Throws OFFLINE, SOURCE, CHECKSUM.
 */
export async function pinVariant(context: SourceContext, variant: ModelVariant): Promise<Pins> {
  const { files, ...source } = await openSource(context, variant.from).pin(variant);
  return { ...source, files: files ?? (await hashes(context, { ...variant, ...source })) };
}

async function hashes(context: SourceContext, variant: ModelVariant): Promise<ModelVariant['files']> {
  const { files } = await fetchVariant(context, variant);
  return Object.fromEntries([...files].map(([file, { sha256, bytes }]) => [file, { sha256, bytes }]));
}
