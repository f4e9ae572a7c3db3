import { readFile } from 'node:fs/promises';
import type { Hub } from './hub.ts';
import type { HubFile } from './listing.ts';

interface RepositoryParams {
  readonly hub: Hub;
  readonly repo: string;
  readonly commit: string;
  /** undefined: the cache is all there is. */
  readonly listing: readonly HubFile[] | undefined;
}

/**
 * Whether the ONNX files that a repository has beside its checkpoint cannot stand for it: model2vec's take offsets of tokens, and those of
 * encoders with an adapter for each of several tasks (jina-embeddings-v3) the number of the task.
 */
export async function needsCheckpoint(params: RepositoryParams): Promise<boolean> {
  if (await isStaticRepository(params)) return true;
  const { lora_adaptations: tasks } = ((await jsonOf('config.json', params)) ?? {}) as { lora_adaptations?: unknown };
  return Array.isArray(tasks) && tasks.length > 0;
}

/**
 * Whether a repository is a static encoder, a table of token vectors: its modules.json begins with StaticEmbedding, or its config.json is
 * model2vec's. Fetches the two, which are fetched with every encoder. What cannot be read is said when the encoder is opened.
 */
async function isStaticRepository(params: RepositoryParams): Promise<boolean> {
  const [modules, config] = await Promise.all([jsonOf('modules.json', params), jsonOf('config.json', params)]);
  const [first] = (Array.isArray(modules) ? modules : []) as { type?: unknown }[];
  if (first !== undefined) return typeof first?.type === 'string' && /^sentence_transformers\..*\bStaticEmbedding$/.test(first.type);
  return (config as { model_type?: unknown } | undefined)?.model_type === 'model2vec';
}

async function jsonOf(name: string, { hub, repo, commit, listing }: RepositoryParams): Promise<unknown> {
  const file = listing?.find(({ path }) => path === name);
  if (listing !== undefined && file === undefined) return undefined;
  const found = file === undefined ? hub.cached(repo, commit, name) : hub.fetch(repo, commit, file);
  const local = await found.catch(() => undefined);
  if (local === undefined) return undefined;
  try {
    return JSON.parse(await readFile(local.path, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}
