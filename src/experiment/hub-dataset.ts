import type { ColumnNames, HubSpec } from '../datasets/corpus.ts';
import { HarnessError } from '../errors.ts';
import type { DatasetReference } from '../sources/hub/dataset.ts';
import type { Sources } from '../sources/sources.ts';
import type { Availability } from '../sources/types.ts';

interface HubParams {
  readonly reference: DatasetReference;
  readonly sources: Pick<Sources, 'openDataset'>;
}

/** A dataset of the hub as the loader takes it. `found` hears at which commit it was read. */
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
      // With them comes a parser of YAML, which nothing else of a run wants.
      const { fetchHubFiles } = await import('../datasets/hub/files.ts');
      const files = await fetchHubFiles({ ...reference, open: (revision) => sources.openDataset(reference.id, revision) });
      found?.(files.commit);
      return files;
    },
  };
}

/** Where its files are, and how many bytes a download takes: of the repository only its listing and its description are asked for. */
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
