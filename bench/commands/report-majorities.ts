import { majority, type Majority } from '../../src/report/html/majority.ts';
import type { RankedList } from '../../src/report/verdict/ranked-list.ts';
import { targetOf } from '../../src/report/verdict/ranked-lists.ts';
import type { EstimateRow } from '../../src/results/estimates.ts';
import { EMPTY_ROW } from '../../src/results/row.ts';
import { unopened, type ReportInputs } from './report-inputs.ts';

/**
 * The majority classes of datasets that were ranked but not run: no file of the folder has them, so the dataset is read. Nothing is
 * returned for what cannot be opened, or was ranked on a sample.
 */
export async function estimatedMajorities(
  heads: readonly RankedList[],
  { estimates, inputs }: { readonly estimates: readonly EstimateRow[]; readonly inputs: ReportInputs },
): Promise<(list: RankedList) => Majority | undefined> {
  const found = new Map<RankedList, Majority>();
  for (const list of heads) {
    const row = estimates.find(
      (each) => each.dataset === list.dataset && each.data_hash === list.corpus.hash && targetOf(each) === list.target,
    );
    if (list.protocol !== '' || list.by === 'fine-tuned' || row === undefined || row.task !== '') continue;
    try {
      const dataset = await inputs.openDataset({ ...EMPTY_ROW, ...row });
      if (dataset.task !== 'classification' || dataset.texts.length !== list.corpus.count) continue;
      found.set(list, majority(dataset.labelSets ?? dataset.labels, dataset.classes.length));
    } catch (error) {
      unopened(error); // an input that cannot be opened is reported where its texts would be shown; internal errors are thrown
    }
  }
  return (list) => found.get(list);
}
