import { HarnessError } from '../../errors.ts';
import type { PlacedVariant } from '../../registry/variant-sources.ts';
import { elsewhere } from '../availability.ts';
import { faultOf } from '../download.ts';
import { isAdapterBeside, lackOf } from '../encoder-files.ts';
import type { FileRequest, FileSource, ModelFiles, Pins, ProbeRequest } from '../file-source.ts';
import type { SourceContext } from '../source-context.ts';
import { isCommit, type HubSource } from '../source.ts';
import type { Availability, LocalFile } from '../types.ts';
import { knownBytes, onnxOf, onnxOrWeights, prefixOf } from '../variant.ts';
import type { Hub } from './hub.ts';
import { namedModuleFiles } from './module-list.ts';
import { fetchHubFiles, lacks, otherThanPinned, wantedOf, wantedPaths } from './hub-model.ts';

/** A hub repository at a revision. */
export class HubFiles implements FileSource {
  readonly #context: SourceContext;
  readonly #source: HubSource;
  readonly #hub: Hub;

  constructor(context: SourceContext, source: HubSource) {
    this.#context = context;
    this.#source = source;
    this.#hub = context.hub;
  }

  get pinned(): string | undefined {
    return isCommit(this.#source.revision) ? this.#source.revision : undefined;
  }

  async fileState({ path }: FileRequest): Promise<Availability['state']> {
    const { repo, revision } = this.#source;
    const commit = await this.#hub.cache.commitOf(repo, revision);
    const found = commit === undefined || path === undefined ? undefined : await this.#hub.cache.find(repo, commit, path);
    return found === undefined ? elsewhere(this.#hub.offline, undefined).state : 'cached';
  }

  async fetchFile(request: FileRequest): Promise<LocalFile> {
    const { repo, revision, text } = this.#source;
    const hub = this.#hub;
    const inside = request.path ?? request.name;
    const commit = await hub.commitOf(repo, revision);
    const listing = hub.offline ? await hub.knownFiles(repo, commit) : await hub.files(repo, commit);
    const file = listing?.find((each) => each.path === inside);
    if (listing !== undefined && file === undefined) {
      throw new HarnessError('SOURCE', { where: text, what: `The repository has no file ${inside}.` });
    }
    const found = file === undefined ? await hub.cached(repo, commit, inside) : await hub.fetch(repo, commit, file);
    const fault = faultOf({ ...found, gitOid: '' }, { sha256: request.sha256, bytes: request.bytes });
    if (fault !== undefined) {
      throw new HarnessError('CHECKSUM', {
        where: `${text} ${inside}`,
        what: `${fault}.`,
        hint: 'The registry entry expects another file: correct its hash or revision.',
      });
    }
    return found;
  }

  async modelAvailability(variant: PlacedVariant, ask: boolean): Promise<Availability> {
    const { repo, revision } = this.#source;
    const hub = this.#hub;
    const asking = ask && !hub.offline;
    const commit = (await hub.cache.commitOf(repo, revision)) ?? (asking ? await quietly(hub.commitOf(repo, revision)) : undefined);
    const listing =
      commit === undefined
        ? undefined
        : ((await hub.knownFiles(repo, commit)) ?? (asking ? await quietly(hub.files(repo, commit)) : undefined));
    if (commit === undefined) return elsewhere(hub.offline, knownBytes(variant));
    if (variant.exact && listing !== undefined && otherThanPinned(variant, listing) !== undefined) {
      return { state: 'missing', bytes: undefined };
    }
    let bytes = 0;
    const named =
      listing === undefined ? [] : await namedModuleFiles({ hub, repo, commit, listing, prefix: prefixOf(variant), fetch: false });
    const paths = (listing ?? []).map((file) => file.path);
    for (const file of wantedOf(variant, listing, named)) {
      if (hub.offline && isAdapterBeside(file.path, { paths, folder: prefixOf(variant) })) continue;
      if ((await hub.cache.find(repo, commit, file.path)) === undefined) bytes += file.bytes;
    }
    const complete =
      listing === undefined
        ? await this.#anyCached(commit, onnxOrWeights(variant))
        : bytes === 0 &&
          lackOf({ paths: listing.map((file) => file.path), onnx: onnxOf(variant), folder: prefixOf(variant) }) === undefined;
    if (complete) return { state: 'cached', bytes: 0 };
    return elsewhere(hub.offline, listing === undefined ? knownBytes(variant) : bytes);
  }

  fetchModel(variant: PlacedVariant): Promise<ModelFiles> {
    return fetchHubFiles(this.#context, this.#source, variant);
  }

  /** Pins the newest commit of its revision. Only small files are downloaded, the hub lists the hashes of large ones. */
  async pin(variant: PlacedVariant): Promise<Pins> {
    const { repo, revision, text } = this.#source;
    const hub = this.#hub;
    const prefix = prefixOf(variant);
    const commit = await hub.commitOf(repo, revision, { fresh: true });
    const listing = await hub.files(repo, commit);
    const paths = listing.map((file) => file.path);
    const parts = { paths, onnx: onnxOf(variant), folder: prefix };
    const wanted = wantedPaths(variant, paths, await namedModuleFiles({ hub, repo, commit, listing, prefix, fetch: true }));
    const lack = lackOf(parts) ?? [...wanted].find((file) => !paths.includes(file));
    if (lack !== undefined) throw lacks({ text }, { lack, commit });
    const files = new Map<string, PlacedVariant['files'][string]>();
    for (const file of listing) {
      if (!wanted.has(file.path)) continue;
      const sha256 = file.sha256 ?? (await hub.fetch(repo, commit, file)).sha256;
      files.set(file.path.slice(prefix.length), { sha256, bytes: file.bytes });
    }
    return { from: `hf:${repo}@${commit}`, files: Object.fromEntries(files) };
  }

  async probe({ from, paths, lack }: ProbeRequest): Promise<void> {
    const { repo, revision } = this.#source;
    const commit = await this.#hub.commitOf(repo, revision, { fresh: true });
    const there = (await this.#hub.files(repo, commit)).map((file) => file.path);
    const missing = lack === undefined ? paths.find((wanted) => !there.includes(wanted)) : lack(there);
    if (missing !== undefined) {
      throw new HarnessError('SOURCE', { where: from, what: `The repository has no ${missing} at ${commit.slice(0, 12)}.` });
    }
  }

  async #anyCached(commit: string, files: readonly string[]): Promise<boolean> {
    for (const file of files) if ((await this.#hub.cache.find(this.#source.repo, commit, file)) !== undefined) return true;
    return false;
  }
}

/** Result of a network request; undefined if it fails. */
async function quietly<T>(question: Promise<T>): Promise<T | undefined> {
  try {
    return await question;
  } catch (error) {
    if (error instanceof HarnessError) return undefined;
    throw error;
  }
}
