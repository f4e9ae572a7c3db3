import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileName } from '../../src/experiment/epoch-vectors.ts';
import type { DatasetRef, EncoderRef } from '../../src/experiment/refs.ts';

/**
 * Where a verb writes its results. Those of encoders and datasets of the user's own stay apart from those of the registries, which the
 * repository commits: in `results/own/NAME` of a checkout, which git leaves out, elsewhere in `embedding-bench-results/NAME`.
 */

/** Where nothing of the user's own is named. */
export const RESULTS = 'results';
/** Folders of own runs: in a checkout of this repository, and elsewhere. */
export const OWN_RESULTS = { checkout: path.join(RESULTS, 'own'), elsewhere: 'embedding-bench-results' } as const;
/** What the help says of --out. */
export const OUT_DEFAULT = `"${RESULTS}"; with --model or a file as --dataset: results/own/DATASETS (outside a checkout of embedding-bench ${OWN_RESULTS.elsewhere}/DATASETS)`;

const PACKAGE = 'embedding-bench';
/** A file name has 255 bytes at most, and what is made beside it has longer names. */
const MOST_BYTES = 100;
const HASH_LETTERS = 8;

export interface OutParams {
  /** `--out`. */
  readonly out: string | undefined;
  readonly request: { readonly modelsFile?: string | undefined; readonly datasetsFile?: string | undefined };
  readonly encoders: readonly EncoderRef[];
  readonly datasets: readonly DatasetRef[];
  /** Key of the suite that datasets come from where none is named. */
  readonly suite?: string | undefined;
}

/** `--out`, or what stands for it, as a path from the working directory. */
export function outFolder({ out, request, encoders, datasets, suite }: OutParams): string {
  if (out !== undefined) return out;
  const ofRegistries = [...encoders, ...datasets].every(({ kind }) => kind === 'entry');
  if (ofRegistries && request.modelsFile === undefined && request.datasetsFile === undefined) return RESULTS;
  return ownFolder(suite === undefined ? datasets.map(({ name }) => name) : [suite]);
}

/** Folder of own runs on these datasets. */
export function ownFolder(names: readonly string[]): string {
  const parent = ownResults();
  return path.join(parent, freeName(folderName(names), entriesOf(parent)));
}

/** Where the folders of own runs lie, from the working directory. */
export function ownResults(): string {
  const root = checkoutRoot();
  return root === undefined ? OWN_RESULTS.elsewhere : path.relative(process.cwd(), path.join(root, OWN_RESULTS.checkout));
}

/** Whether a results folder is one of own runs. */
export function isOwnFolder(folder: string): boolean {
  return path.dirname(path.resolve(folder)) === path.resolve(ownResults());
}

/** The checkout of this repository that the working directory is in: that of the nearest package.json. */
export function checkoutRoot(): string | undefined {
  for (let place = process.cwd(); ; place = path.dirname(place)) {
    const file = path.join(place, 'package.json');
    if (existsSync(file)) return nameOf(file) === PACKAGE ? place : undefined;
    if (place === path.dirname(place)) return undefined;
  }
}

function nameOf(file: string): unknown {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown } | null)?.name;
  } catch {
    return undefined;
  }
}

/**
 * Names of datasets as one folder's, which any file system takes. Where something else than odd letters had to go a hash tells it apart.
 */
export function folderName(names: readonly string[]): string {
  const joined = names.map(fileName).join('+');
  // Neither a hidden folder nor the one above; Windows drops what ends in a dot, and has names that are devices.
  const safe = joined.replace(/^\.+|\.+$/g, '');
  const device = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(safe);
  if (safe !== '' && safe === joined && !device && Buffer.byteLength(safe) <= MOST_BYTES) return safe;
  const start = Buffer.from(safe === '' ? 'data' : safe)
    .subarray(0, MOST_BYTES - 1 - HASH_LETTERS)
    .toString()
    .replace(/\uFFFD+$/, '');
  return withHash(start, JSON.stringify(names));
}

/**
 * The name itself, unless another folder differs from it by nothing but capital and small letters: some file systems take these for one.
 * The same command finds its folder again either way.
 */
export function freeName(name: string, taken: readonly string[]): string {
  if (taken.includes(name) || !taken.some((each) => small(each) === small(name))) return name;
  return withHash(name, name);
}

function small(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

function withHash(name: string, whole: string): string {
  return `${name}-${createHash('sha256').update(whole).digest('hex').slice(0, HASH_LETTERS)}`;
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
