import { HarnessError, option, reason } from '../errors.ts';
import type { ModelEntry } from '../registry/schema.ts';
import { openDatasetTree, type DatasetTree } from './hub/dataset.ts';
import { fetchFile, planFile } from './files.ts';
import type { FileRequest } from './file-source.ts';
import { planHubModel, planModel } from './model-availability.ts';
import { fetchHubModel, fetchModel } from './models.ts';
import type { HubRequest } from './hub/hub-variant.ts';
import type { ModelFiles } from './file-source.ts';
import { openSourceContext, type SourceContext } from './source-context.ts';
import type { LocalFile, Availability, SourceOptions } from './types.ts';

/** Sources of files: mirrors, caches, the hub, npm, the web, this disk. */
export interface Sources {
  /** A file of a dataset, from the first source that has the right one. */
  fetchFile(request: FileRequest): Promise<LocalFile>;
  /** An encoder of the registry. */
  fetchModel(entry: ModelEntry, dtype?: string): Promise<ModelFiles>;
  /** A repository without a registry entry. */
  fetchHubModel(request: HubRequest): Promise<ModelFiles>;
  planFile(request: FileRequest): Promise<Availability>;
  /** With `ask: false` the network is not used at all. */
  planModel(
    entry: ModelEntry,
    options?: { readonly dtype?: string | undefined; readonly ask?: boolean | undefined },
  ): Promise<Availability>;
  planHubModel(request: HubRequest): Promise<Availability>;
  /** The repository of a hub dataset at a revision. */
  openDataset(id: string, revision: string): Promise<DatasetTree>;
  /** sha256 of a file, cached by its path, inode, size and change times. */
  hashOf(file: string): Promise<string>;
  readonly context: SourceContext;
}

export function openSources(options: SourceOptions): Sources {
  const context = openSourceContext(options);
  /** Recorded checksums are saved, also after an error. */
  const kept = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work.catch(said);
    } finally {
      await context.notes.save();
    }
  };
  return {
    fetchFile: (request) => kept(fetchFile(context, request)),
    fetchModel: (entry, dtype) => kept(fetchModel(context, entry, dtype)),
    fetchHubModel: (request) => kept(fetchHubModel(context, request)),
    planFile: (request) => kept(planFile(context, request)),
    planModel: (entry, { dtype, ask = true } = {}) => kept(planModel(context, entry, { dtype, ask })),
    planHubModel: (request) => kept(planHubModel(context, request)),
    openDataset: (id, revision) =>
      kept(
        openDatasetTree(context, id, revision).then((tree) => ({
          ...tree,
          fetch: (path) => kept(tree.fetch(path)),
          text: (path) => kept(tree.text(path)),
        })),
      ),
    hashOf: (file) => kept(context.notes.of(file).then(({ sha256 }) => sha256)),
    context,
  };
}

/** File-system errors, such as an unwritable folder or a full disk, as one human-readable line. */
function said(error: unknown): never {
  const { syscall, path } = error as NodeJS.ErrnoException;
  if (error instanceof HarnessError || syscall === undefined) throw error;
  throw new HarnessError(
    'SOURCE',
    {
      where: path,
      what: `This cannot be read or written (${reason(error)}).`,
      hint: `Free disk space, or give a writable folder: ${option('cache')} DIR, for hub files HF_HOME.`,
    },
    { cause: error },
  );
}
