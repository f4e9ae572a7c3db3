import { corpusName, datasetName, encoderName, estimatorName, isComparable, number, scoreOf, type Cell } from './cells.ts';
import type { Curves } from './curve-data.ts';
import type { PageData } from './data.ts';
import { distinct, records } from './dom.ts';
import { ENCODED_BY, MEASURED_BY, distinguishingSettings } from './settings.ts';

/** Scores by layer; each setting of an encoder or of the measure is a separate curve. */
export function curvesByLayer(data: PageData): Curves[] {
  return [...ofRows(data), ...ofEstimates(data)];
}

function ofRows(data: PageData): Curves[] {
  const rows = records(data.results)
    .map((row, at) => ({ row, corpus: data.rowCorpora[at]! }))
    .filter(({ row }) => isComparable(row) && isLayer(row));
  return distinct(rows.map(({ corpus }) => corpus)).map((corpus): Curves => {
    const own = rows.filter((each) => each.corpus === corpus).map(({ row }) => row);
    const nameOf = seriesNames(data, own);
    return {
      name: `${corpusName(data, data.corpora[corpus]!)}: k-NN, leave-one-out`,
      xTitle: 'Layer',
      yTitle: scoreOf(own[0]!).title,
      points: own.map((row) => ({ series: nameOf(row), x: number(row['layers']), y: number(row[scoreOf(row).column]) })),
    };
  });
}

/** Columns that identify the texts and classes of an estimate. */
const TEXTS = ['label_field', 'labels', 'sample', 'data_hash'] as const;

function ofEstimates(data: PageData): Curves[] {
  // The measure that also scores the results is shown first.
  const rows = records(data.estimates)
    .filter(isLayer)
    .toSorted((a, b) => Number(b['estimator'] === 'knn') - Number(a['estimator'] === 'knn'));
  return distinct(rows.map(kindOf)).map((kind): Curves => {
    const own = rows.filter((row) => kindOf(row) === kind);
    const { dataset = '', estimator = '', sample = '' } = own[0]!;
    const like = rows.filter((row) => row['dataset'] === dataset && row['estimator'] === estimator);
    const telling = TEXTS.filter((column) => distinct(like.map((row) => row[column])).length > 1);
    const about =
      telling.length > 0
        ? telling.map((column) => (column === 'data_hash' ? versionOf(like, own[0]!) : own[0]![column] || 'all'))
        : sample === ''
          ? []
          : ['on a sample'];
    const nameOf = seriesNames(data, own);
    return {
      name: [`${datasetName(data, dataset)}: ${estimatorName(data, estimator)}`, ...about].join(', '),
      xTitle: 'Layer',
      yTitle: estimatorName(data, estimator),
      points: own.map((row) => ({ series: nameOf(row), x: number(row['layers']), y: number(row['score']) })),
    };
  });
}

/** Texts or labels changed between two runs: shown as version numbers, as hashes mean nothing to a reader. */
function versionOf(rows: readonly Cell[], row: Cell): string {
  return `data version ${1 + distinct(rows.map(({ data_hash: hash }) => hash)).indexOf(row['data_hash'])}`;
}

function kindOf(row: Cell): string {
  return JSON.stringify(['dataset', 'estimator', ...TEXTS].map((column) => row[column]));
}

function isLayer({ layers = '' }: Cell): boolean {
  return /^\d+$/.test(layers);
}

function seriesNames(data: PageData, rows: readonly Cell[]): (row: Cell) => string {
  const settings = distinguishingSettings(rows, [...MEASURED_BY, ...ENCODED_BY]);
  return (row) => [encoderName(data, row['encoder']!), row['pooling']!, ...settings(row)].join(' · ');
}
