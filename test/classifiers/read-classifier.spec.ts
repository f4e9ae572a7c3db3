import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { NearestTexts } from '../../src/classifiers/nearest-texts.ts';
import { readClassifier } from '../../src/classifiers/read-classifier.ts';
import { readSafetensors } from '../../src/tensors/read-safetensors.ts';
import { writeSafetensors, type NamedTensor } from '../../src/tensors/write-safetensors.ts';
import { temporaryFolder } from '../temporary.ts';
import { changeRecord, writeTinyClassifier } from './tiny-classifier.ts';

const root = temporaryFolder();
const sound = path.join(root, 'sound');
before(() => writeTinyClassifier(sound));

let folders = 0;
/** A copy of the valid folder with one fault. */
function changed(change: (folder: string) => void): string {
  const folder = path.join(root, `changed-${folders++}`);
  cpSync(sound, folder, { recursive: true });
  change(folder);
  return folder;
}

const record = (name: string, value: unknown) => (folder: string) => changeRecord(folder, (all) => (all[name] = value));
const tensors = (file: string, change: (all: Map<string, NamedTensor>) => void) => (folder: string) => {
  const place = path.join(folder, file);
  const { tensors: all } = readSafetensors(readFileSync(place), place);
  change(all);
  writeFileSync(place, writeSafetensors([...all.values()]));
};
const train = (name: string, change: (tensor: NamedTensor) => Partial<NamedTensor>) =>
  tensors('train.safetensors', (all) => all.set(name, { ...all.get(name)!, ...change(all.get(name)!) }));
const head = (name: string, change: (tensor: NamedTensor) => Partial<NamedTensor>) =>
  tensors('head.safetensors', (all) => all.set(name, { ...all.get(name)!, ...change(all.get(name)!) }));
const integers = (...values: number[]) => ({ shape: [values.length], data: Int32Array.from(values) });

const MEND = ' Save the model again, or copy its folder again.';
/** Faults of a folder, and their message after the file's name. */
const WRONG: readonly (readonly [string, (folder: string) => void, string])[] = [
  [
    'a record that is not JSON',
    (folder) => writeFileSync(path.join(folder, 'classifier.json'), '{"version": 1,'),
    `classifier.json: It is not JSON (Expected double-quoted property name in JSON at position 14).${MEND}`,
  ],
  [
    'a record of an unknown field',
    record('paths', ['/etc/passwd']),
    `classifier.json: Invalid classifier: Unrecognized key: "paths".${MEND}`,
  ],
  [
    'a record of a later version',
    record('version', 2),
    'classifier.json: Its version is 2; this program reads version 1. Update the program.',
  ],
  [
    'no list',
    record('classes', 'person'),
    `classifier.json: Invalid classifier: classes: Invalid input: expected array, received string.${MEND}`,
  ],
  [
    'one class',
    record('classes', ['a']),
    `classifier.json: Invalid classifier: classes: Too small: expected array to have >=2 items.${MEND}`,
  ],
  ['a class twice', record('classes', ['a', 'b', 'a']), `classifier.json: Duplicate class "a".${MEND}`],
  ['an unknown pooling', record('pooling', '../mean'), `classifier.json: Unknown pooling "../mean".${MEND}`],
  [
    'an unknown kind',
    record('kind', 'forest'),
    `classifier.json: Invalid classifier: kind: Invalid option: expected one of "head"|"neighbours"|"regression".${MEND}`,
  ],
  [
    'a temperature of 0',
    record('temperature', 0),
    `classifier.json: Invalid classifier: temperature: Too small: expected number to be >0.${MEND}`,
  ],
  [
    'residuals upside down',
    record('residuals', { split: 'dev', texts: 9, share: 0.9, low: 1, high: -1 }),
    `classifier.json: Invalid classifier: residuals: Their low is above their high.${MEND}`,
  ],
  [
    'a cosine with a head',
    (folder) => {
      for (const [key, value] of Object.entries({ kind: 'regression', pairs: true, classes: [], cosine: { mean: 0, deviation: 1 } }))
        record(key, value)(folder);
    },
    `head.safetensors: classifier.json predicts cosines, which use no head.${MEND}`,
  ],
  [
    'k above the texts',
    (folder) => {
      record('kind', 'neighbours')(folder);
      record('neighbours', { k: 7, metric: 'cosine', votes: 'uniform' })(folder);
    },
    `train.safetensors: It has 6 vectors, fewer than k = 7.${MEND}`,
  ],
  [
    'classes fewer than the head has rows',
    record('classes', ['person', 'place']),
    `head.safetensors: Its head has 3 rows and 3 biases, classifier.json has 2 classes.${MEND}`,
  ],
  [
    'classes more than the head has rows',
    record('classes', ['a', 'b', 'c', 'd']),
    `head.safetensors: Its head has 3 rows and 3 biases, classifier.json has 4 classes.${MEND}`,
  ],
  ['no head', (folder) => rmSync(path.join(folder, 'head.safetensors')), `head.safetensors: Missing in the model folder.${MEND}`],
  [
    'a head that is cut off',
    (folder) => truncateSync(path.join(folder, 'head.safetensors'), 150),
    'head.safetensors: Tensor "head.weight" ends at byte 192 of 6: the file is truncated. Delete it or download it again.',
  ],
  [
    'a head without a bias',
    tensors('head.safetensors', (all) => all.delete('head.bias')),
    `head.safetensors: It lacks the tensor "head.bias".${MEND}`,
  ],
  [
    'a head of NaN',
    head('head.weight', ({ data }) => ({ data: (data as Float32Array).map((value, i) => (i === 5 ? NaN : value)) })),
    `head.safetensors: Tensor "head.weight" holds NaN.${MEND}`,
  ],
  [
    'a bias of two dimensions',
    head('head.bias', () => ({ shape: [1, 3] })),
    `head.safetensors: Tensor "head.bias" is of type F32 and shape [1, 3], not F32 with 1 dimensions.${MEND}`,
  ],
  [
    'a head for other vectors',
    head('head.weight', ({ data }) => ({ shape: [3, 8], data: (data as Float32Array).slice(0, 24) })),
    `head.safetensors: Its head takes vectors of 8 dimensions, those of train.safetensors have 16.${MEND}`,
  ],
  [
    'vectors of infinities',
    train('vectors', ({ data }) => ({ data: (data as Float32Array).map((value, i) => (i === 9 ? Infinity : value)) })),
    `train.safetensors: Tensor "vectors" holds an infinity.${MEND}`,
  ],
  [
    'labels of no class',
    train('labels', () => integers(0, 0, 1, 1, 2, 3)),
    `train.safetensors: It has label 3, but classifier.json has 3 classes.${MEND}`,
  ],
  [
    'labels below 0',
    train('labels', () => integers(0, 0, 1, 1, 2, -1)),
    `train.safetensors: It has label -1, but classifier.json has 3 classes.${MEND}`,
  ],
  [
    'labels as floats',
    train('labels', () => ({ dtype: 'F32', shape: [6], data: new Float32Array(6) })),
    `train.safetensors: Tensor "labels" is of type F32 and shape [6], not I32 with 1 dimension.${MEND}`,
  ],
  [
    'starts that go back',
    train('starts', () => integers(0, 2, 1, 3, 4, 5, 6)),
    `train.safetensors: Its "starts" do not assign 6 labels to 6 vectors.${MEND}`,
  ],
  [
    'too few starts',
    train('starts', () => integers(0, 1, 2, 3, 4, 5)),
    `train.safetensors: Its "starts" do not assign 6 labels to 6 vectors.${MEND}`,
  ],
  ['a text of two labels', train('starts', () => integers(0, 2, 2, 3, 4, 5, 6)), `train.safetensors: Text 0 has 2 labels, not one.${MEND}`],
  [
    'no vectors',
    train('vectors', () => ({ shape: [0, 16], data: new Float32Array(0) })),
    `train.safetensors: Its "starts" do not assign 6 labels to 0 vectors.${MEND}`,
  ],
];

for (const [name, change, message] of WRONG) {
  test(`classifier folder: ${name} is one line`, async () => {
    const folder = changed(change);
    await assert.rejects(readClassifier(folder), { code: 'FORMAT', message: path.join(folder, message) });
  });
}

/** Errors if only texts are expected. */
const TEXTS: readonly (readonly [string, string, string])[] = [
  ['too few texts', '{"text":"a"}\n', `train.jsonl: It has 1 texts, but train.safetensors has 6 vectors.${MEND}`],
  ['lines that are not texts', '{"text":"a"}\nnope\n', `train.jsonl:2: The line is not {"text": …}.${MEND}`],
  ['texts that are none', '{"text":1}\n', `train.jsonl:1: The line is not {"text": …}.${MEND}`],
];

for (const [name, content, message] of TEXTS) {
  test(`classifier folder: ${name} give a one-line error, if needed`, async () => {
    const folder = changed((place) => writeFileSync(path.join(place, 'train.jsonl'), content));
    const classifier = await readClassifier(folder);
    await assert.rejects(NearestTexts.of(classifier, 1), { code: 'FORMAT', message: path.join(folder, message) });
  });
}

test('classifier folder: its hash changes with what decides a prediction', async () => {
  const hashes = new Set([sound, changed(() => undefined), changed(record('temperature', 2))].map((folder) => folder));
  const found = await Promise.all([...hashes].map(async (folder) => (await readClassifier(folder)).hash));
  assert.equal(found[0], found[1]);
  assert.notEqual(found[0], found[2]);
});
