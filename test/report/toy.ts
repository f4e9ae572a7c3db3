import { parsePublished } from '../../src/report/published.ts';
import type { Titles } from '../../src/report/titles.ts';
import type { Failure, Row } from '../../src/results/row.ts';
import { scored } from '../results/rows.ts';

/** A small run: two encoders and their concatenation on two datasets, one result failed, one encoder missing. */

export const TITLES: Titles = {
  encoders: new Map([
    ['electra-small', 'ELECTRA small'],
    ['bigbird', 'BigBird'],
    ['bert-base-cased', 'BERT_base | cased'],
  ]),
  datasets: new Map([
    ['trec6', 'TREC-6'],
    ['atis', 'ATIS'],
  ]),
};

const CLS = { pooling: 'cls', protocol: 'complete' } as const;
const LOO = { pooling: 'cls', protocol: 'leave-one-out' } as const;
const MEMBERS = { members: 'electra-small;bert-base-cased', concat_norm: 'raw', dtype: '' } as const;

export const ROWS: readonly Row[] = [
  scored('electra-small', 'trec6', '76.06', CLS),
  scored('electra-small', 'atis', '90.00', CLS),
  scored('bert-base-cased', 'trec6', '87.28', CLS),
  scored('concat-all', 'trec6', '85.90', { ...CLS, ...MEMBERS }),
  scored('concat-all', 'atis', '90.00', { ...CLS, ...MEMBERS }),
  scored('electra-small', 'trec6', '70.00', LOO),
  scored('bert-base-cased', 'trec6', '80.50', LOO),
  scored('electra-small', 'atis', '9.00', LOO),
  scored('electra-small', 'trec6', '81.00', { ...LOO, pooling: 'layermean', layers: '0..12' }),
];

export const FAILURES: readonly Failure[] = [
  { encoder: 'bert-base-cased', dataset: 'atis', reason: 'The graph needs <4 GB>.' },
  { encoder: 'bigbird', dataset: 'trec6', reason: 'No ONNX file on the hub.' },
  { encoder: 'bigbird', dataset: 'atis', reason: 'No ONNX file on the hub.' },
];

export const PUBLISHED = parsePublished({
  file: 'published.csv',
  text: [
    'table,encoder,pooling,protocol,metric,dataset,score,setting',
    '1,electra-small,cls,complete,micro-F1,TREC6,76.06,',
    '1,bert-base,cls,complete,micro-F1,TREC6,87.3,',
    '1,concat-all,cls,complete,micro-F1,TREC6,85.99,',
    '4,electra-small,cls,"fine-tune: train, pick on dev, score test",micro-F1,TREC6,96.2,',
    '3,electra-small,mean-layermean,complete,micro-F1,TREC6,82.95,',
    '7,electra-small,cls,"fit-train, score dev",micro-F1,political-bias,72.6,',
    '',
  ].join('\n'),
});
