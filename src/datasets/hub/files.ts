import type { ReaderFile } from '../reader.ts';
import type { LocateParams } from './chosen-tree.ts';
import { locateHubFiles, type Located } from './locate.ts';
import type { RepositoryTree } from './repository-tree.ts';

/** A tree whose files can be brought onto this disk. */
export interface FetchableTree extends RepositoryTree {
  readonly fetch: (path: string) => Promise<{ readonly path: string }>;
}

/** A dataset's files on this disk. */
export interface HubFiles extends Omit<Located<RepositoryTree>, 'files' | 'tree'> {
  readonly commit: string;
  readonly files: readonly ReaderFile[];
}

/** Finds a dataset's files, and fetches them. Throws as `locateHubFiles` and the sources do. */
export async function fetchHubFiles(params: LocateParams<FetchableTree>): Promise<HubFiles> {
  const { tree, files: found, ...located } = await locateHubFiles(params);
  const files: ReaderFile[] = [];
  for (const { path, split } of found) files.push({ name: `${params.id}/${path}`, split, path: (await tree.fetch(path)).path });
  return { ...located, files, commit: tree.commit };
}
