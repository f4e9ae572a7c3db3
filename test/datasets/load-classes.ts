import type { ClassificationDataset } from '../../src/datasets/dataset.ts';
import { loadDataset as load, type LoadParams } from '../../src/datasets/load.ts';
import { withClasses } from '../../src/datasets/task.ts';

/** A dataset whose labels are classes. */
export async function loadDataset(params: LoadParams): Promise<ClassificationDataset> {
  return withClasses(await load(params), 'The spec');
}
