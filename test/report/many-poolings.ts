import { parsePublished } from '../../src/report/published.ts';
import type { Titles } from '../../src/report/titles.ts';
import type { Failure, Row } from '../../src/results/row.ts';
import { scored } from '../results/rows.ts';

/** A small run of three poolings and two protocols: more poolings than the two encoders, one of which failed on a dataset. */

export const TITLES: Titles = {
  encoders: new Map([
    ['electra-small', 'ELECTRA small'],
    ['bert', 'BERT'],
  ]),
  datasets: new Map([
    ['trec6', 'TREC-6'],
    ['sms', 'SMS spam'],
  ]),
};

const COMPLETE = { protocol: 'complete' } as const;
const MEANS = { pooling: 'layermean', layers: '0..12' } as const;
const ONES = { pooling: 'layermean', layers: '1..12' } as const;

export const ROWS: readonly Row[] = [
  scored('electra-small', 'trec6', '76.06', { ...COMPLETE, pooling: 'cls' }),
  scored('electra-small', 'sms', '90.00', { ...COMPLETE, pooling: 'cls' }),
  scored('bert', 'trec6', '80.00', { ...COMPLETE, pooling: 'cls' }),
  scored('electra-small', 'trec6', '82.00', COMPLETE),
  scored('electra-small', 'sms', '91.00', COMPLETE),
  scored('bert', 'trec6', '81.00', COMPLETE),
  scored('electra-small', 'trec6', '79.00', { ...COMPLETE, ...MEANS }),
  scored('electra-small', 'sms', '9.50', { ...COMPLETE, ...MEANS }),
  scored('bert', 'trec6', '82.00', { ...COMPLETE, ...MEANS }),
  scored('electra-small', 'trec6', '70.00', { pooling: 'cls' }),
  scored('electra-small', 'trec6', '71.00'),
  scored('bert', 'trec6', '72.00'),
  scored('electra-small', 'trec6', '73.00', ONES),
  scored('bert', 'trec6', '74.00', MEANS),
];

export const FAILURES: readonly Failure[] = [
  { encoder: 'bert', dataset: 'sms', reason: 'Out of memory.' },
  { encoder: 'bert', dataset: 'trec6', pooling: 'cls', reason: 'No first token.' },
];

export const PUBLISHED = parsePublished({
  file: 'published.csv',
  text: 'encoder,pooling,protocol,metric,dataset,score\nelectra-small,cls,complete,micro-F1,TREC6,76.1\nelectra-small,mean-layermean,complete,micro-F1,TREC6,79\n',
});
