import type { Titles } from '../../src/report/titles.ts';
import type { Failure, Row } from '../../src/results/row.ts';
import { scored } from '../results/rows.ts';

/** A small run of fine-tuning: two encoders, three objectives, three seeds, one dataset of classes and one of bias. */

export const TITLES: Titles = {
  encoders: new Map([
    ['electra-small', 'ELECTRA small'],
    ['bert-base-cased', 'BERT'],
  ]),
  datasets: new Map([
    ['trec6', 'TREC-6'],
    ['trec50', 'TREC-50'],
    ['political-bias', 'Political bias'],
  ]),
};

const FROZEN = { pooling: 'cls', protocol: 'fit-train', split: 'test' } as const;
const BIAS = { label_field: 'bias' } as const;

/** A score by the neighbours of a fine-tuned encoder, or of its head for the objective classic. */
export function trained(encoder: string, dataset: string, score: string, values: Partial<Row> = {}): Row {
  const head: Partial<Row> = values.objective === 'classic' ? { protocol: 'head', k: '', metric: '', votes: '', index: '' } : {};
  return scored(encoder, dataset, score, { ...FROZEN, objective: 'cea', seed: '1', epoch: '7', ...head, ...values });
}

export const ROWS: readonly Row[] = [
  scored('electra-small', 'trec6', '76.00', FROZEN),
  scored('electra-small', 'trec6', '80.00', { ...FROZEN, split: 'train' }),
  scored('electra-small', 'trec6', '75.00', { pooling: 'cls' }),
  trained('electra-small', 'trec6', '95.80', { seed: '1' }),
  trained('electra-small', 'trec6', '96.20', { seed: '2' }),
  trained('electra-small', 'trec6', '96.60', { seed: '10' }),
  trained('electra-small', 'trec6', '99.00', { split: 'train' }),
  trained('electra-small', 'trec6', '97.00', { split: 'dev' }),
  trained('electra-small', 'trec50', '83.40'),
  trained('electra-small', 'trec6', '96.40', { objective: 'cea-memory' }),
  trained('electra-small', 'trec6', '96.00', { objective: 'classic' }),
  trained('electra-small', 'trec50', '90.00', { objective: 'classic' }),
  trained('bert-base-cased', 'trec6', '97.60', { objective: 'classic' }),
  scored('electra-small', 'political-bias', '56.00', { ...FROZEN, ...BIAS }),
  trained('electra-small', 'political-bias', '98.00', { ...BIAS, split: 'dev' }),
  trained('electra-small', 'political-bias', '67.00', BIAS),
  trained('electra-small', 'political-bias', '68.00', { ...BIAS, objective: 'cea-multitask' }),
];

export const FAILURES: readonly Failure[] = [
  { encoder: 'bert-base-cased', dataset: 'trec6', objective: 'cea', reason: 'Out of memory.' },
  { encoder: 'electra-small', dataset: 'trec50', objective: 'triplet', reason: 'Class 3 has one text.' },
];
