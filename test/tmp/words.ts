import { readFileSync } from 'node:fs';
import { tokenDataset } from '../../src/datasets/build.ts';
import { conll } from '../../src/datasets/readers/conll.ts';
import { conllu } from '../../src/datasets/readers/conllu.ts';
import { openEncoder } from '../../src/encoders/encoder.ts';
import { computeGrid } from '../../src/experiment/score-grid.ts';
import { SILENT } from '../../src/progress.ts';

const lines = (file: string) => readFileSync(file, 'utf8').split('\n').map((text, i) => ({ text, number: i + 1 }));
const D = '/work/shared/tasks/data/';
const [, , model, which = 'wnut'] = process.argv;
const read = (file: string, n: number, split: 'train' | 'test') => {
  const it = which === 'wnut' ? conll({ lines: lines(D + file), file: { name: file } }) : conllu({ lines: lines(D + file), file: { name: file } } as never);
  return [...it].slice(0, n).map(({ words, tags }) => ({ text: words.join(' '), words, labels: tags, split }));
};
const examples = which === 'wnut'
  ? [...read('wnut17/wnut17train.conll', 400, 'train'), ...read('wnut17/emerging.dev.conll', 300, 'test')]
  : [...read('ud_english_ewt/en_ewt-ud-dev.first500.conllu', 400, 'train'), ...read('ud_english_ewt/en_ewt-ud-test.first300.conllu', 300, 'test')];
const train = tokenDataset({ key: 'train', labelField: 'tag', examples: examples.filter(({ split }) => split === 'train'), sample: '' });
const both = tokenDataset({ key: 'both', labelField: 'tag', examples, sample: '' });
const encoder = await openEncoder({ name: 'm', folder: model!, revision: '', maxLength: 512 } as never);
const settings = { poolings: ['cls', 'layermean'], layers: 'last', layerMeans: ['0..L', '1..L'], wordPoolings: ['first', 'mean'], concatNorms: [], protocols: [], ks: [5], metrics: ['euclidean'], votes: ['uniform'], index: 'exact', hnsw: {} as never, labels: 'first', limit: undefined, seed: 1, maxLength: 512, dtype: undefined, threads: 2, tokenBudget: 8192 } as never;
const datasets = [{ name: 'train', dataset: train, protocols: ['leave-one-out', 'leave-one-sentence-out'] }, { name: 'both', dataset: both, protocols: ['fit-train'] }] as never;
for await (const outcome of computeGrid({ encoders: [{ name: 'm', encoder }], datasets, settings, vectorFolder: '/tmp/t20/wordstore', progress: SILENT, warn: console.log }, [])) {
  if (outcome.kind === "computed") { for (const { row } of outcome.cells) if (row.split !== 'train' && row.dataset === 'both') console.log(row.dataset, row.word_pooling, row.layers, row.protocol, row.split, 'n', row.n, 'acc', row.accuracy, 'noO', row.micro_f1_no_o, 'span', row.span_f1, `[${row.span_f1_low} ${row.span_f1_high}]`, 'macro', row.macro_f1, 'without', row.words_without_vector); }
  else console.log(outcome.kind);
}
