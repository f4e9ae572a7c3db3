import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { finetune } from '../../src/index.ts';
import { ownOracle } from '../oracles.ts';

/** Small training runs that save a regression model, or a pair model. */

const WORDS = ['river', 'heron', 'ferry', 'bread', 'soup', 'salt', 'lamps', 'clock', 'water', 'noon'];
const text = (i: number): string =>
  [i, i * i + 1, Math.floor(i / 3), Math.floor((i * i) / 7) + 3].map((at) => WORDS[at % WORDS.length]).join(' ');

/** Two texts a row, a number far from 0, the same from 2 to 4, and a class. */
export const SAVED_ROWS = Array.from({ length: 60 }, (_, i) => {
  const [a, b] = [text(i), text(3 * i + 4)];
  const [first, second] = [a, b].map((each) => each.includes('river')) as [boolean, boolean];
  const split = i < 32 ? 'train' : i < 46 ? 'dev' : 'test';
  return {
    a,
    b,
    number: 200 + 30 * Number(first) + i / 10,
    score: 2 + Number(first) + i / 60,
    class: first === second ? 'same' : 'other',
    split,
  };
});

export interface SavedKind {
  readonly name: string;
  readonly pairs: boolean;
  readonly numbers: boolean;
  /** Pairs are encoded separately, and their cosine is the number. */
  readonly apart?: boolean;
}

export const SAVED_KINDS = [
  { name: 'numbers of single texts', pairs: false, numbers: true },
  { name: 'numbers of pairs', pairs: true, numbers: true },
  { name: 'classes of pairs', pairs: true, numbers: false },
  { name: 'cosines of pairs', pairs: true, numbers: true, apart: true },
] as const satisfies readonly SavedKind[];

export interface SaveModel {
  readonly kind: SavedKind;
  /** Paths of data, cache and folder. */
  readonly root: string;
  /** The encoder, one of the project's oracles. */
  readonly oracle?: string;
  /** Of numbers. */
  readonly labelColumn?: 'number' | 'score';
  /** Whether training texts are saved too. */
  readonly texts?: boolean;
}

/** Tokens per text: two sentences are longer than the limits of the oracles. */
const MOST_TOKENS = 32;

/** A copy of an oracle that accepts longer texts. */
function encoderOf(oracle: string, root: string): string {
  const folder = path.join(root, `encoder-${oracle}`);
  cpSync(ownOracle(oracle), folder, { recursive: true });
  for (const [name, key] of [
    ['tokenizer_config.json', 'model_max_length'],
    ['sentence_bert_config.json', 'max_seq_length'],
  ] as const) {
    const file = path.join(folder, name);
    if (!existsSync(file)) continue;
    const values = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    writeFileSync(file, JSON.stringify({ ...values, [key]: MOST_TOKENS }));
  }
  return folder;
}

/** Trains a model, saves it as `root`/`name`, with blanks as hyphens; returns that folder, and the rows of results. */
export async function saveModel({
  kind: { name, pairs, numbers, apart = false },
  root,
  oracle = 'bert-uncased',
  labelColumn = 'score',
  texts,
}: SaveModel) {
  const file = path.join(root, 'rows.jsonl');
  writeFileSync(file, SAVED_ROWS.map((row) => JSON.stringify(row)).join('\n'));
  const encoder = encoderOf(oracle, root);
  const folder = path.join(root, name.replaceAll(' ', '-'));
  const labels = numbers ? ({ labelColumn, task: 'regression' } as const) : ({ labelColumn: 'class', objective: ['classic'] } as const);
  const { rows } = await finetune(
    {
      encoders: [`tiny=${encoder}`],
      datasets: [file],
      textColumn: 'a',
      splitColumn: 'split',
      pooling: 'mean',
      epochs: 2,
      batchSize: 16,
      lr: 3e-3,
      ...labels,
      ...(apart && { objective: ['cosine'] as const }),
      ...(pairs && { textPairColumn: 'b' }),
    },
    { cache: path.join(root, 'cache'), save: folder, texts },
  );
  return { folder, rows };
}
