import { stat } from 'node:fs/promises';
import path from 'node:path';
import { HarnessError } from '../errors.ts';
import type { ModelEntry, ModelVariant } from '../registry/schema.ts';
import { combineAvailability } from './availability.ts';
import { planFile } from './files.ts';
import { lackOf } from './encoder-files.ts';
import { chosenVariants, hubVariant, mirroredFiles, onnxOf, onnxOrWeights, pinnedFiles, prefixOf, wantedOf, webRequests, type HubRequest } from './models.ts';
import type { SourceContext } from './source-context.ts';
import { parseSource, type Source } from './source.ts';
import type { Availability } from './types.ts';

/** Whether the encoder is on this disk, and how much a download would be; the network is asked for sizes alone, and only where it may be. */
export async function planModel(shelf: SourceContext, entry: ModelEntry, { dtype, ask }: { dtype?: string | undefined; ask: boolean }): Promise<Availability> {
  let first: Availability | undefined;
  for (const variant of chosenVariants(entry, dtype)) {
    const plan = await planVariant(shelf, variant, ask);
    if (plan.state !== 'missing' && plan.state !== 'download') return plan;
    if (first === undefined || (first.state === 'missing' && plan.state === 'download')) first = plan;
  }
  return first!;
}

/** The same for a repository without a registry entry. Throws SOURCE where it has neither an ONNX file nor a checkpoint. */
export async function planHubModel(shelf: SourceContext, request: HubRequest): Promise<Availability> {
  try {
    return await planVariant(shelf, await hubVariant(shelf, request), true);
  } catch (error) {
    if (error instanceof HarnessError && error.code === 'OFFLINE') return { state: 'missing', bytes: undefined };
    throw error;
  }
}

/** Whether a variant's files are on this disk. */
async function planVariant(shelf: SourceContext, variant: ModelVariant, ask: boolean): Promise<Availability> {
  if ((await mirroredFiles(shelf, variant)) !== undefined) return { state: 'mirrored', bytes: 0 };
  const source = parseSource(variant.from);
  switch (source.kind) {
    case 'npm': {
      const files = pinnedFiles(variant).map(({ path: file, ...pinned }) => ({ path: `${prefixOf(variant)}${file}`, ...pinned }));
      const state = await shelf.npm.state({ source, integrity: variant.integrity, files });
      return state === undefined ? reachable(shelf.offline, knownBytes(variant)) : { state: 'cached', bytes: 0 };
    }
    case 'file':
      return (await anyOnDisk(source.path, onnxOrWeights(variant))) ? { state: 'local', bytes: 0 } : { state: 'missing', bytes: undefined };
    case 'https': {
      const plans: Availability[] = [];
      for (const request of webRequests(variant, source)) plans.push(await planFile(shelf, request));
      return combineAvailability(plans);
    }
    case 'hf':
      return planHub(shelf, variant, source, ask);
    default:
      return source satisfies never;
  }
}

function reachable(offline: boolean, bytes: number | undefined): Availability {
  return offline ? { state: 'missing', bytes: undefined } : { state: 'download', bytes };
}

async function planHub(shelf: SourceContext, variant: ModelVariant, source: Extract<Source, { kind: 'hf' }>, ask: boolean): Promise<Availability> {
  const { hub } = shelf;
  const asking = ask && !hub.offline;
  const commit = (await hub.cache.commitOf(source.repo, source.revision)) ?? (asking ? await quietly(hub.commitOf(source.repo, source.revision)) : undefined);
  const listing = commit === undefined ? undefined : ((await hub.knownFiles(source.repo, commit)) ?? (asking ? await quietly(hub.files(source.repo, commit)) : undefined));
  if (commit === undefined) return hub.offline ? { state: 'missing', bytes: undefined } : { state: 'download', bytes: knownBytes(variant) };
  let bytes = 0;
  for (const file of wantedOf(variant, listing)) {
    if ((await hub.cache.find(source.repo, commit, file.path)) === undefined) bytes += file.bytes;
  }
  const complete = listing === undefined ? await anyCached(shelf, source.repo, commit, onnxOrWeights(variant)) : bytes === 0 && lackOf({ paths: listing.map((file) => file.path), onnx: onnxOf(variant), folder: prefixOf(variant) }) === undefined;
  if (complete) return { state: 'cached', bytes: 0 };
  return hub.offline ? { state: 'missing', bytes: undefined } : { state: 'download', bytes: listing === undefined ? knownBytes(variant) : bytes };
}

async function anyOnDisk(folder: string, files: readonly string[]): Promise<boolean> {
  for (const file of files) if ((await stat(path.join(folder, file)).catch(() => undefined)) !== undefined) return true;
  return false;
}

async function anyCached({ hub }: SourceContext, repo: string, commit: string, files: readonly string[]): Promise<boolean> {
  for (const file of files) if ((await hub.cache.find(repo, commit, file)) !== undefined) return true;
  return false;
}

/** What the network would say, where it says something. */
async function quietly<T>(question: Promise<T>): Promise<T | undefined> {
  try {
    return await question;
  } catch (error) {
    if (error instanceof HarnessError) return undefined;
    throw error;
  }
}

function knownBytes(variant: ModelVariant): number | undefined {
  const sizes = pinnedFiles(variant).map(({ bytes }) => bytes);
  return sizes.every((bytes) => bytes !== undefined) ? sizes.reduce((sum: number, bytes) => sum + bytes!, 0) : undefined;
}
