import { readFile } from 'node:fs/promises';
import type { Hub } from './hub.ts';
import type { HubFile } from './listing.ts';

interface RepositoryParams {
  readonly hub: Hub;
  readonly repo: string;
  readonly commit: string;
  /** undefined: only the cache is available. */
  readonly listing: readonly HubFile[] | undefined;
}

/**
 * Whether a repository's ONNX files cannot replace its checkpoint: model2vec's take token offsets, and those of encoders with task adapters
 * (jina-embeddings-v3) a task number.
 */
export async function needsCheckpoint(params: RepositoryParams): Promise<boolean> {
  if (await isStaticRepository(params)) return true;
  const { lora_adaptations: tasks } = ((await jsonOf('config.json', params)) ?? {}) as { lora_adaptations?: unknown };
  return Array.isArray(tasks) && tasks.length > 0;
}

/**
 * Whether a repository is a static encoder, a table of token vectors: its modules.json begins with StaticEmbedding, or its config.json is
 * model2vec's. Downloads both, as is done for every encoder. Unreadable content is reported when the encoder is opened.
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
