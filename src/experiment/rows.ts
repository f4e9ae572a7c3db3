import type { Device } from '../devices/device.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { promptColumn, tokenizerHash } from '../encoders/prompts.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { PAIR_FEATURES, type PairUse } from '../embed/pair-rows.ts';
import type { PooledVector } from '../embed/vectors.ts';
import type { PlannedScore } from '../knn/protocol.ts';
import type { Metric } from '../knn/types.ts';
import { fixed } from '../results/format.ts';
import { EMPTY_ROW, type Row } from '../results/row.ts';

/** Hex digits of a hash shown in a row: enough to distinguish files, short enough to read. */
const HASH_DIGITS = 16;

export interface RowParams {
  /** Column `encoder`, and what identifies it. */
  readonly encoder: string;
  readonly identity: Identity;
  readonly dataset: Dataset;
  readonly vector: RowVector;
  readonly metric: Metric;
  readonly score: PlannedScore & { readonly recall?: number | undefined };
  /** Omitted as long as no text was read. */
  readonly textsCut?: number | undefined;
}

/** Fields of a row that describe its vectors. */
export type RowVector = Pick<PooledVector, 'layers' | 'dim'> & {
  /** For words `word` or `word-layermean`. */
  readonly pooling: PooledVector['pooling'] | 'word' | 'word-layermean';
  /** For pairs: how the two texts are encoded, and the pair features. */
  readonly pair?: string | undefined;
  /** For words: how their sub-tokens are pooled. */
  readonly wordPooling?: string | undefined;
};

/** Identifies the encoder of a row; for a concatenation, what its members have in common. */
export interface Identity {
  readonly concatNorm: string;
  readonly prompt: string;
  readonly members: string;
  readonly revision: string;
  readonly fileHash: string;
  readonly tokenizerHash: string;
  readonly dtype: string;
  readonly attention: string;
  readonly maxLength: string;
  readonly device: string;
}

export function identityOf(encoder: Encoder): Identity {
  return {
    concatNorm: '',
    prompt: promptColumn(encoder.prompt),
    members: '',
    revision: encoder.revision,
    fileHash: encoder.fileHash.slice(0, HASH_DIGITS),
    tokenizerHash: tokenizerHash(encoder).slice(0, HASH_DIGITS),
    dtype: encoder.dtype,
    attention: encoder.attention,
    maxLength: limitWord(encoder.maxLength),
    device: deviceColumn(encoder.device),
  };
}

/** A device as written in a column: empty for the CPU. */
export function deviceColumn(device: Device): string {
  return device === 'cpu' ? '' : device;
}

/** A length limit as written in a column: empty if texts are not truncated. */
export function limitWord(maxLength: number): string {
  return maxLength === Infinity ? '' : String(maxLength);
}

/** Identity of a concatenation: a value that its members share, else all of them in order. */
export function concatIdentity(members: readonly { readonly name: string; readonly identity: Identity }[], norm: string): Identity {
  const each = (field: keyof Identity): string => {
    const values = members.map(({ identity }) => identity[field]);
    return new Set(values).size === 1 ? values[0]! : values.join(';');
  };
  return {
    concatNorm: norm,
    prompt: each('prompt'),
    members: members.map(({ name }) => name).join(';'),
    revision: each('revision'),
    fileHash: each('fileHash'),
    tokenizerHash: each('tokenizerHash'),
    dtype: each('dtype'),
    attention: each('attention'),
    // A list holds only numbers.
    maxLength: each('maxLength')
      .split(';')
      .filter((limit) => limit !== '')
      .join(';'),
    device: each('device'),
  };
}

/** Empty if each text has one label. */
function labelsColumn(dataset: Dataset): string {
  if (dataset.task !== 'classification' || dataset.severalLabels !== true) return '';
  return dataset.labelSets === undefined ? 'first' : 'all';
}

/** Options of an approximate search, which decide its neighbours and the queries that recall is measured on; empty if exact. */
function indexOptions({ index, hnsw }: Pick<PlannedScore, 'index' | 'hnsw'>): string {
  if (hnsw === undefined) return '';
  const { m, efConstruction, ef, recall, seed } = hnsw;
  const target = index === 'hnsw' ? [`recall ${recall}`] : [];
  return [`M ${m}`, `efConstruction ${efConstruction}`, `ef ${ef}`, ...target, `seed ${seed}`].join(', ');
}

/** The row of a result, without its scores. */
export function rowOf({ encoder, identity, dataset, vector, metric, score, textsCut }: RowParams): Row {
  return {
    ...EMPTY_ROW,
    encoder,
    dataset: dataset.key,
    pooling: vector.pooling,
    layers: vector.layers,
    dim: vector.dim === undefined ? '' : String(vector.dim),
    prompt: identity.prompt,
    protocol: score.protocol,
    split: score.split,
    k: String(score.k),
    metric,
    votes: score.votes,
    index: score.index,
    index_options: indexOptions(score),
    label_field: dataset.labelField,
    labels: labelsColumn(dataset),
    concat_norm: identity.concatNorm,
    members: identity.members,
    revision: identity.revision,
    file_hash: identity.fileHash,
    tokenizer_hash: identity.tokenizerHash,
    dtype: identity.dtype,
    attention: identity.attention,
    max_length: identity.maxLength,
    texts_cut: textsCut === undefined ? '' : String(textsCut),
    data_hash: dataset.hash.slice(0, HASH_DIGITS),
    sample: dataset.sample,
    recall: score.recall === undefined ? '' : fixed(score.recall, 4),
    task: taskColumn(dataset),
    pair: vector.pair ?? pairColumn(dataset, 'neighbours'),
    word_pooling: vector.wordPooling ?? '',
    device: identity.device,
  };
}

/** How pairs are encoded, and the pair features; empty for single texts. */
export function pairColumn({ seconds }: Pick<Dataset, 'seconds'>, use: PairUse): string {
  return seconds === undefined ? '' : `separate ${PAIR_FEATURES[use]}`;
}

/** Empty for classification, as in results that predate other tasks. */
export function taskColumn({ task }: Pick<Dataset, 'task'>): string {
  return task === 'classification' ? '' : task;
}
