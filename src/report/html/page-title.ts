import { listed } from '../text.ts';

/** Maximum number of datasets in a heading. */
const MOST = 3;

/** `TREC-6 and ATIS`, `TREC-6, ATIS and 4 more datasets`: default title of the page. */
export function pageTitle(datasets: readonly string[]): string {
  const rest = datasets.length - MOST + 1;
  return datasets.length <= MOST ? listed(datasets) : listed([...datasets.slice(0, MOST - 1), `${rest} more datasets`]);
}
