import { readFile } from 'node:fs/promises';
import { MODULE_WEIGHTS } from '../encoder-files.ts';
import type { Hub } from './hub.ts';
import type { HubFile } from './listing.ts';

/** Module classes that require weights. */
export const WEIGHTED: ReadonlySet<string> = new Set(['Dense', 'LayerNorm', 'StaticEmbedding']);

interface ListedModule {
  /** Class without its package. */
  readonly kind: string;
  /** Folder relative to the encoder's; '' for that itself, and for one outside it. */
  readonly at: string;
}

/** The modules of a modules.json; empty if it is not a list. */
export function modulesOf(json: string): ListedModule[] {
  const value = parsed(json);
  return (Array.isArray(value) ? value : []).map((module: unknown) => {
    const { type, path: at } = (module ?? {}) as { type?: unknown; path?: unknown };
    return { kind: typeof type === 'string' ? type.split('.').at(-1)! : '', at: typeof at === 'string' && !at.includes('..') ? at : '' };
  });
}

export interface NamedParams {
  readonly hub: Hub;
  readonly repo: string;
  readonly commit: string;
  readonly listing: readonly HubFile[];
  /** The encoder's folder: '' or ending in a slash. */
  readonly prefix: string;
  /** Whether modules.json is downloaded, as with every encoder; else it is only read from the cache. */
  readonly fetch: boolean;
}

/**
 * Files of the modules after an encoder, by the paths in its modules.json: sentence-transformers names their folders `2_Dense`, but reads
 * any path. Unreadable content is reported when the encoder is opened. Throws as `Hub.fetch` does.
 */
export async function namedModuleFiles({ hub, repo, commit, listing, prefix, fetch }: NamedParams): Promise<string[]> {
  const file = listing.find(({ path }) => path === `${prefix}modules.json`);
  if (file === undefined) return [];
  const place = fetch ? (await hub.fetch(repo, commit, file)).path : await hub.cache.find(repo, commit, file.path);
  const paths = new Set(listing.map(({ path }) => path));
  const modules = modulesOf(place === undefined ? '' : await readFile(place, 'utf8').catch(() => ''));
  return modules.slice(1).flatMap(({ kind, at }) => {
    const folder = at.replace(/\/+$/, '');
    if (folder === '') return [];
    const has = (name: string): boolean => paths.has(`${prefix}${folder}/${name}`);
    const weights = WEIGHTED.has(kind) ? MODULE_WEIGHTS.filter(has).slice(0, 1) : [];
    return ['config.json', ...weights].filter(has).map((name) => `${prefix}${folder}/${name}`);
  });
}

/** Parses JSON; undefined if invalid. */
export function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
