import path from 'node:path';
import { HarnessError } from '../../errors.ts';
import type { ModelVariant } from '../../registry/schema.ts';
import { encoderPaths, lackOf } from '../encoder-files.ts';
import type { ModelFiles } from '../file-source.ts';
import type { SourceContext } from '../source-context.ts';
import type { HubSource } from '../source.ts';
import type { LocalFile } from '../types.ts';
import { checkPins, inFolder, onnxOf, onnxOrWeights, prefixOf } from '../variant.ts';
import type { Hub } from './hub.ts';
import type { HubFile } from './listing.ts';
import { completeness, partial, partialNote } from './partial-snapshot.ts';

/** The files of an encoder in a repository. */
export async function fetchHubFiles({ hub, onNote }: SourceContext, source: HubSource, variant: ModelVariant): Promise<ModelFiles> {
  const commit = await hub.commitOf(source.repo, source.revision);
  const listing = await listingOf(hub, variant, source, commit);
  const files = new Map<string, LocalFile>();
  const prefix = prefixOf(variant);
  // The cache may have been filled without a listing (Python libraries ask for none): then the snapshot stands for it.
  const there = listing === undefined ? await hub.cache.paths(source.repo, commit) : [];
  if (listing === undefined) {
    const wanted = new Set([
      ...encoderPaths({ paths: there, onnx: onnxOf(variant), folder: prefix }),
      ...Object.keys(variant.files)
        .map((file) => `${prefix}${file}`)
        .filter((file) => there.includes(file)),
    ]);
    for (const file of wanted) files.set(file.slice(prefix.length), await hub.cached(source.repo, commit, file));
  } else {
    for (const file of wantedOf(variant, listing)) files.set(file.path.slice(prefix.length), await hub.fetch(source.repo, commit, file));
  }
  const lack = lackOf({ paths: [...files.keys()].map((file) => `${prefix}${file}`), onnx: onnxOf(variant), folder: prefix });
  if (lack !== undefined && listing === undefined) throw partial(hub.cache, { source, commit, there, lack: `It has no ${lack}` });
  if (lack !== undefined) throw lacks(source, { lack, commit });
  const { lacking, unknown } =
    listing === undefined
      ? await completeness({ cache: hub.cache, repo: source.repo, commit, paths: there, prefix })
      : { lacking: undefined, unknown: [] };
  if (lacking !== undefined) throw partial(hub.cache, { source, commit, there, lack: lacking.replace(/\.$/, '') });
  checkPins(variant, files, source.text);
  const folder = path.join(hub.cache.snapshot(source.repo, commit), prefix);
  if (unknown.length > 0) onNote?.(partialNote(source.text, unknown));
  return { folder, onnx: inFolder(folder, variant), files, revision: commit, unknown };
}

/** The complaint about a repository that lacks a file. */
export function lacks({ text }: { text: string }, { lack, commit }: { lack: string; commit: string }): HarnessError {
  return new HarnessError('SOURCE', {
    where: text,
    what: `The repository has no ${lack} at ${commit.slice(0, 12)}.`,
    hint: 'Correct the registry entry, or name another repository.',
  });
}

/** The repository's listing; undefined where there is no network but the encoder itself is in the cache. */
async function listingOf(hub: Hub, variant: ModelVariant, source: HubSource, commit: string): Promise<readonly HubFile[] | undefined> {
  const known = await hub.knownFiles(source.repo, commit);
  if (known !== undefined) return known;
  if (hub.offline) return undefined;
  try {
    return await hub.files(source.repo, commit);
  } catch (error) {
    const there = await hub.cache.paths(source.repo, commit);
    if (onnxOrWeights(variant).some((file) => there.includes(file)) && error instanceof HarnessError && error.code === 'OFFLINE') {
      return undefined;
    }
    throw error;
  }
}

/** Files of a repository that belong to the encoder. */
export function wantedOf(variant: ModelVariant, listing: readonly HubFile[] | undefined): readonly HubFile[] {
  if (listing === undefined) return [];
  const prefix = prefixOf(variant);
  const wanted = new Set([
    ...encoderPaths({ paths: listing.map((file) => file.path), onnx: onnxOf(variant), folder: prefix }),
    ...Object.keys(variant.files).map((file) => `${prefix}${file}`),
  ]);
  return listing.filter((file) => wanted.has(file.path));
}
