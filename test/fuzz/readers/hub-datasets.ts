import { readFileSync } from 'node:fs';
import { locateHubFiles } from '../../../src/datasets/hub/locate.ts';
import { HarnessError } from '../../../src/errors.ts';
import { jsonLines, lines } from '../changes.ts';
import { seedsOf, type FuzzReader } from '../reader.ts';

const CARD = `---
license: mit
configs:
- config_name: en
  default: true
  data_files:
  - split: train
    path: en/train-*.csv
  - split: test
    path:
    - "en/test*.csv"
    - extra/[a-c].csv
  sep: "\\t"
- config_name: fr
  data_dir: fr
dataset_info:
- config_name: en
  features:
  - name: text
    dtype: string
  - name: label
    dtype:
      class_label:
        names:
          '0': neg
          '1': pos
  splits: &s [{name: train, num_examples: 3}]
- config_name: fr
  splits: *s
---
# A dataset
`;
const INFOS = JSON.stringify({
  'org--name': {
    features: {
      text: { dtype: 'string', _type: 'Value' },
      label: { num_classes: 2, names: ['neg', 'pos'], _type: 'ClassLabel' },
      tags: { feature: { names: ['u'], _type: 'ClassLabel' }, _type: 'Sequence' },
    },
  },
});
const PATHS = [
  'README.md',
  'dataset_infos.json',
  'en/train-00000-of-00001.csv',
  'en/test.csv',
  'extra/a.csv',
  'fr/train.csv',
  'fr/validation.csv',
];

/** A repository's description of its files, and their names. */
function readerOf(changed: string, paths?: (text: string) => string[]): FuzzReader['read'] {
  return async ({ file }) => {
    const bytes = readFileSync(file, 'utf8');
    const listed = paths?.(bytes) ?? PATHS;
    const tree = {
      commit: '0'.repeat(40),
      paths: listed,
      partial: false,
      text: (path: string) => Promise.resolve(path === changed ? bytes : undefined),
      bytesOf: () => Promise.resolve(1),
    };
    const { files } = await locateHubFiles({
      id: 'org/name',
      config: undefined,
      revision: 'main',
      open: (revision) =>
        revision === 'main' ? Promise.resolve(tree) : Promise.reject(new HarnessError('SOURCE', { what: 'There is no such revision.' })),
    });
    // Only listed files are read.
    if (!files.every(({ path }) => listed.includes(path))) throw new Error('A file is read that the repository does not have.');
  };
}

/** Descriptions of datasets of the hub. */
export const hubDatasets: Readonly<Record<string, FuzzReader>> = {
  'hub-card': {
    seeds: () => seedsOf('README.md', [CARD, CARD.replaceAll('\n', '\r\n')]),
    changes: lines,
    read: readerOf('README.md'),
    share: 3,
  },
  'hub-infos': { seeds: () => seedsOf('dataset_infos.json', [INFOS]), changes: jsonLines, read: readerOf('dataset_infos.json') },
  'hub-listing': {
    seeds: () =>
      seedsOf('listing.txt', [
        PATHS.join('\n'),
        'data/train-00000-of-00002.csv\ndata/train-00001-of-00002.csv\nname.py',
        'train/a.csv\ntest/b.csv\nx.jpg',
      ]),
    changes: lines,
    read: readerOf('', (text) => text.split('\n')),
  },
};
