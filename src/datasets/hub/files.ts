import type { ReaderFile } from '../reader.ts';
import type { LocateParams } from './chosen-tree.ts';
import { locateHubFiles, type Located } from './locate.ts';
import type { RepositoryTree } from './repository-tree.ts';

/** A tree whose files can be downloaded. */
export interface FetchableTree extends RepositoryTree {
  readonly fetch: (path: string) => Promise<{ readonly path: string }>;
}

/** A dataset's files on disk. */
export interface HubFiles extends Omit<Located<RepositoryTree>, 'files' | 'tree'> {
  readonly commit: string;
  readonly files: readonly ReaderFile[];
}

/** Locates and downloads a dataset's files. Throws what `locateHubFiles` and the sources throw. */
export async function fetchHubFiles(params: LocateParams<FetchableTree>): Promise<HubFiles> {
  const { tree, files: found, ...located } = await locateHubFiles(params);
  const files: ReaderFile[] = [];
  for (const { path, split } of found) files.push({ name: `${params.id}/${path}`, split, path: (await tree.fetch(path)).path });
  return { ...located, files, commit: tree.commit };
}
