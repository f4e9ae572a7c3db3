import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileName } from '../../src/experiment/epoch-vectors.ts';
import type { DatasetRef, EncoderRef } from '../../src/experiment/refs.ts';

/**
 * Where a command writes its results. Results on the user's own encoders or datasets are kept apart from those of the registries, which the
 * repository commits: in `results/own/NAME` of a checkout, ignored by git, elsewhere in `embedding-bench-results/NAME`.
 */

/** If nothing of the user's own is named. */
export const RESULTS = 'results';
/** Parent folders of results on the user's own data: in a checkout of this repository, and elsewhere. */
export const OWN_RESULTS = { checkout: path.join(RESULTS, 'own'), elsewhere: 'embedding-bench-results' } as const;
/** Default of --out, for the help. */
export const OUT_DEFAULT = `"${RESULTS}"; with --model or a file as --dataset: results/own/DATASETS (outside a checkout of embedding-bench ${OWN_RESULTS.elsewhere}/DATASETS)`;

const PACKAGE = 'embedding-bench';
/** A file name has at most 255 bytes, and temporary files have longer names. */
const MOST_BYTES = 100;
const HASH_LETTERS = 8;

export interface OutParams {
  /** `--out`. */
  readonly out: string | undefined;
  readonly request: { readonly modelsFile?: string | undefined; readonly datasetsFile?: string | undefined };
  readonly encoders: readonly EncoderRef[];
  readonly datasets: readonly DatasetRef[];
  /** Suite that gives the datasets if none is named. */
  readonly suite?: string | undefined;
}

/** `--out`, or its default, relative to the working directory. */
export function outFolder({ out, request, encoders, datasets, suite }: OutParams): string {
  if (out !== undefined) return out;
  const ofRegistries = [...encoders, ...datasets].every(({ kind }) => kind === 'entry');
  if (ofRegistries && request.modelsFile === undefined && request.datasetsFile === undefined) return RESULTS;
  return ownFolder(suite === undefined ? datasets.map(({ name }) => name) : [suite]);
}

/** Results folder of runs on these datasets. */
export function ownFolder(names: readonly string[]): string {
  const parent = ownResults();
  return path.join(parent, freeName(folderName(names), entriesOf(parent)));
}

/** Parent of the folders of own runs, relative to the working directory. */
export function ownResults(): string {
  const root = checkoutRoot();
  return root === undefined ? OWN_RESULTS.elsewhere : path.relative(process.cwd(), path.join(root, OWN_RESULTS.checkout));
}

/** Whether a results folder holds own runs. */
export function isOwnFolder(folder: string): boolean {
  return path.dirname(path.resolve(folder)) === path.resolve(ownResults());
}

/** The checkout of this repository that contains the working directory: that of the nearest package.json. */
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
 * Names of datasets as one folder name, valid on any file system. If more than unusual characters had to be removed, a hash keeps it
 * distinct.
 */
export function folderName(names: readonly string[]): string {
  const joined = names.map(fileName).join('+');
  // Neither hidden nor the parent folder; Windows drops a trailing dot, and reserves device names.
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
 * The name itself, unless another folder differs from it only in case, which some file systems ignore. The same command finds its folder
 * again either way.
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
