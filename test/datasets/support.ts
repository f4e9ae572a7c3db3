import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadDataset } from './load-classes.ts';
import type { ClassificationDataset, Example } from '../../src/datasets/dataset.ts';
import type { FetchFile } from '../../src/datasets/corpus.ts';
import { Findings } from '../../src/datasets/findings.ts';
import type { Unified } from '../../src/datasets/labels.ts';
import type { Reader, ReaderFile, ReaderParams } from '../../src/datasets/reader.ts';
import { HarnessError, type ErrorCode } from '../../src/errors.ts';
import { loadDatasets } from '../../src/registry/datasets.ts';
import type { DatasetEntry } from '../../src/registry/schema.ts';
import { shared } from '../shared.ts';

export function entryOf(key: string): DatasetEntry {
  const entry = loadDatasets().get(key);
  assert.ok(entry, `datasets.json has no ${key}`);
  return entry;
}

let byHash: Map<string, string> | undefined;

/** Finds a file by its hash among the real data next to the project, so that the registry's hashes are tested too. */
export const fetchShared: FetchFile = async (file) => {
  byHash ??= new Map(
    readdirSync(shared('data'), { recursive: true, encoding: 'utf8' })
      .map((name) => shared('data', name))
      .filter((name) => statSync(name).isFile())
      .map((name) => [createHash('sha256').update(readFileSync(name)).digest('hex'), name]),
  );
  const found = byHash.get(file.sha256 ?? '');
  assert.ok(found, `no file beside the project has the hash of ${file.name}`);
  assert.equal(file.bytes, statSync(found).size);
  return { path: found };
};

/** A dataset of the registry, read from the real files. */
export function loadReal(
  key: string,
  more: { labels?: 'first' | 'multi'; labelField?: string; limit?: number; seed?: number; entry?: Partial<DatasetEntry> } = {},
): Promise<ClassificationDataset> {
  const { entry, labels = 'first', seed = 1, ...rest } = more;
  return loadDataset({ entry: { ...entryOf(key), ...entry }, fetchFile: fetchShared, labels, seed, ...rest });
}

/** Rows by split: [train, dev, test]. */
export function splitCounts(dataset: ClassificationDataset): number[] {
  const counts = [0, 0, 0];
  for (const split of dataset.split) counts[split]!++;
  return counts;
}

/** Rows by class. */
export function classCounts(dataset: ClassificationDataset): Record<string, number> {
  return Object.fromEntries(dataset.classes.map((name, c) => [name, dataset.labels.filter((label) => label === c).length]));
}

/** Writes files below a folder. */
export function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
}

export interface ReadParams extends Partial<Omit<ReaderParams, 'files'>> {
  readonly reader: Reader;
  readonly folder: string;
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly split?: ReaderFile['split'];
  readonly skipInvalid?: boolean;
}

/** The reader's result for files written for the purpose. */
export async function readFiles(params: ReadParams): Promise<Example[]> {
  return [...(await readAndFind(params)).examples];
}

/** The same, and its findings on the files. */
export async function readAndFind({
  reader,
  folder,
  files,
  split = 'all',
  encoding = 'utf8',
  options = {},
  labelField = 'label',
  skipInvalid = false,
}: ReadParams): Promise<Unified> {
  writeFiles(folder, files);
  const examples: Example[] = [];
  const findings = new Findings();
  const list = Object.keys(files).map((name) => ({ name, split, path: path.join(folder, name) }));
  for await (const example of reader({ files: list, encoding, options, labelField, ...findings.takers })) examples.push(example);
  return findings.finish(examples, { skipInvalid, names: true, files: list.length });
}

/** Rejects with a HarnessError of that code and exactly that message. */
export async function rejectsWith(promise: Promise<unknown>, code: ErrorCode, message: string): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof HarnessError, String(error instanceof Error ? error.stack : error));
    assert.equal(error.message, message);
    assert.equal(error.code, code);
    return true;
  });
}
