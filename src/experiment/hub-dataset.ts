import type { ColumnNames, HubSpec } from '../datasets/corpus.ts';
import { HarnessError } from '../errors.ts';
import type { DatasetReference } from '../sources/hub/dataset.ts';
import type { Sources } from '../sources/sources.ts';
import type { Availability } from '../sources/types.ts';

interface HubParams {
  readonly reference: DatasetReference;
  readonly sources: Pick<Sources, 'openDataset'>;
}

/** A hub dataset as the loader takes it. `found` receives the commit that was read. */
export function hubSpec({
  reference,
  sources,
  columns,
  found,
}: HubParams & { readonly columns: ColumnNames; readonly found?: (commit: string) => void }): HubSpec {
  return {
    key: reference.name,
    ...columns,
    async fetch() {
      // It brings in a YAML parser, which nothing else in a run needs.
      const { fetchHubFiles } = await import('../datasets/hub/files.ts');
      const files = await fetchHubFiles({ ...reference, open: (revision) => sources.openDataset(reference.id, revision) });
      found?.(files.commit);
      return files;
    },
  };
}

/** Where its files are, and the size of the download: fetches only the listing and the description of the repository. */
export async function hubPlan({ reference, sources }: HubParams): Promise<Availability> {
  try {
    const { locateHubFiles } = await import('../datasets/hub/locate.ts');
    const { tree, files } = await locateHubFiles({ ...reference, open: (revision) => sources.openDataset(reference.id, revision) });
    return await tree.plan(files.map(({ path }) => path));
  } catch (error) {
    if (error instanceof HarnessError && error.code === 'OFFLINE') return { state: 'missing', bytes: undefined };
    throw error;
  }
}
