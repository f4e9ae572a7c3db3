import path from 'node:path';
import { HarnessError } from '../../errors.ts';
import type { PlacedVariant } from '../../registry/variant-sources.ts';
import { own } from '../../own.ts';
import { faultOf } from '../download.ts';
import { encoderPaths, isAdapterBeside, lackOf } from '../encoder-files.ts';
import type { ModelFiles } from '../file-source.ts';
import type { SourceContext } from '../source-context.ts';
import type { HubSource } from '../source.ts';
import type { LocalFile } from '../types.ts';
import { checkPins, inFolder, linkedModel, onnxOf, onnxOrWeights, otherFile, prefixOf } from '../variant.ts';
import type { Hub } from './hub.ts';
import type { HubFile } from './listing.ts';
import { namedModuleFiles } from './module-list.ts';
import { completeness, partial, partialNote } from './partial-snapshot.ts';

/** The files of an encoder in a repository. */
export async function fetchHubFiles(context: SourceContext, source: HubSource, variant: PlacedVariant): Promise<ModelFiles> {
  const { hub, onNote } = context;
  const commit = await hub.commitOf(source.repo, source.revision);
  const listing = await listingOf(hub, variant, source, commit);
  const files = new Map<string, LocalFile>();
  const prefix = prefixOf(variant);
  // The cache may have been filled without a listing (Python libraries request none): then the snapshot is used instead.
  const there = listing === undefined ? await hub.cache.paths(source.repo, commit) : [];
  if (listing === undefined) {
    const unlisted = there.map((file) => ({ path: file, bytes: 0 }));
    const named = variant.exact ? [] : await namedModuleFiles({ hub, repo: source.repo, commit, listing: unlisted, prefix, fetch: false });
    const wanted = wantedPaths(variant, there, named);
    for (const file of there.filter((each) => wanted.has(each)))
      files.set(file.slice(prefix.length), await hub.cached(source.repo, commit, file));
  } else {
    const other = otherThanPinned(variant, listing);
    if (other !== undefined) throw otherFile({ where: source.text, ...other });
    const named = variant.exact ? [] : await namedModuleFiles({ hub, repo: source.repo, commit, listing, prefix, fetch: true });
    const paths = listing.map((file) => file.path);
    for (const file of wantedOf(variant, listing, named)) {
      const dispensable = hub.offline && isAdapterBeside(file.path, { paths, folder: prefix });
      if (dispensable && (await hub.cache.find(source.repo, commit, file.path)) === undefined) continue;
      files.set(file.path.slice(prefix.length), await hub.fetch(source.repo, commit, file));
    }
  }
  const lack = lackOf({ paths: [...files.keys()].map((file) => `${prefix}${file}`), onnx: onnxOf(variant), folder: prefix });
  if (lack !== undefined && listing === undefined) throw partial(hub.cache, { source, commit, there, lack: `It has no ${lack}` });
  if (lack !== undefined) throw lacks(source, { lack, commit });
  const { lacking, unknown } =
    listing === undefined && !variant.exact
      ? await completeness({ cache: hub.cache, repo: source.repo, commit, paths: there, prefix })
      : { lacking: undefined, unknown: [] };
  if (lacking !== undefined) throw partial(hub.cache, { source, commit, there, lack: lacking.replace(/\.$/, '') });
  checkPins(variant, files, source.text);
  if (variant.exact) return linkedModel(context, variant, files, commit);
  const folder = path.join(hub.cache.snapshot(source.repo, commit), prefix);
  if (unknown.length > 0) onNote?.(partialNote(source.text, unknown));
  return { folder, onnx: inFolder(folder, variant), files, revision: commit, unknown };
}

/** The error for a repository that lacks a file. */
export function lacks({ text }: { text: string }, { lack, commit }: { lack: string; commit: string }): HarnessError {
  return new HarnessError('SOURCE', {
    where: text,
    what: `The repository has no ${lack} at ${commit.slice(0, 12)}.`,
    hint: 'Correct the registry entry, or use another repository.',
  });
}

/** The repository's listing; undefined if there is no network but the encoder itself is in the cache. */
async function listingOf(hub: Hub, variant: PlacedVariant, source: HubSource, commit: string): Promise<readonly HubFile[] | undefined> {
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

/** A file that differs from the registry's by its listing: detected before it is downloaded. */
export function otherThanPinned(variant: PlacedVariant, listing: readonly HubFile[]): { file: string; fault: string } | undefined {
  for (const { path: inside, sha256 = '', bytes } of listing) {
    const file = inside.slice(prefixOf(variant).length);
    const pinned = inside.startsWith(prefixOf(variant)) ? own(variant.files, file) : undefined;
    if (pinned === undefined) continue;
    const fault = faultOf({ sha256, bytes, gitOid: '' }, sha256 === '' ? { bytes: pinned.bytes } : pinned);
    if (fault !== undefined) return { file, fault };
  }
  return undefined;
}

/** Files of a repository that belong to the encoder; `modules`: those named in its modules.json. */
export function wantedOf(variant: PlacedVariant, listing: readonly HubFile[] | undefined, modules: readonly string[]): readonly HubFile[] {
  if (listing === undefined) return [];
  const wanted = wantedPaths(
    variant,
    listing.map((file) => file.path),
    modules,
  );
  return listing.filter((file) => wanted.has(file.path));
}

/**
 * Paths in a repository that the entry or modules.json (`modules`) names; and unless it names all, those that belong to the encoder by
 * their names.
 */
export function wantedPaths(variant: PlacedVariant, paths: readonly string[], modules: readonly string[] = []): Set<string> {
  const folder = prefixOf(variant);
  const named = Object.keys(variant.files).map((file) => `${folder}${file}`);
  return new Set(
    variant.exact ? named : [...encoderPaths({ paths, onnx: onnxOf(variant), folder, task: variant.task }), ...modules, ...named],
  );
}
