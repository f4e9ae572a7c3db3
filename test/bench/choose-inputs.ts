import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { staticFolder } from '../static-oracle.ts';
import { writeTinyCheckpoint } from '../tiny-checkpoint.ts';
import { tinyTokenizer, writeTinyEncoder } from '../tiny-encoder.ts';

/** Encoders and texts with which a choice takes a second. */

const LETTERS = 'abcdefgh';

interface TextsParams {
  readonly texts: number;
  readonly classes?: number;
  /** A class that only the last text has. */
  readonly rare?: string;
  /** Every third text has two labels. */
  readonly several?: boolean;
}

/** Texts of letters, two of which are more likely in a class than the others. */
export function writeTexts(file: string, { texts, classes = 3, rare, several = false }: TextsParams): string {
  let state = 7;
  const uniform = (): number => (state = (state * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
  const letterOf = (label: number): string =>
    LETTERS[uniform() < 0.6 ? (label * 2 + Math.floor(uniform() * 2)) % 8 : Math.floor(uniform() * 8)]!;
  const lines = Array.from({ length: texts }, (_, i) => {
    const label = i % classes;
    const words = Array.from({ length: 4 }, () => letterOf(label)).join(' ');
    const name = rare !== undefined && i === texts - 1 ? rare : 'xyzuvw'[label];
    return [`${words} ${i % 10} ${i}`, several && i % 3 === 0 ? `${name}|y` : name].join();
  });
  writeFileSync(file, `text,label\n${lines.join('\n')}\n`);
  return file;
}

/** A checkpoint; `change` of its weights' bytes. */
export function writeCheckpoint(folder: string, change?: (bytes: Buffer, from: number) => void): string {
  writeTinyCheckpoint(folder);
  const { model, ...tokenizer } = tinyTokenizer() as { model: { vocab: Record<string, number> } };
  const vocab = Object.fromEntries(Object.entries(model.vocab).filter(([, id]) => id < 20));
  writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify({ ...tokenizer, model: { ...model, vocab } }));
  if (change === undefined) return folder;
  const file = path.join(folder, 'model.safetensors');
  const bytes = readFileSync(file);
  change(bytes, 8 + Number(bytes.readBigUInt64LE(0)));
  writeFileSync(file, bytes);
  return folder;
}

export const BROKEN: Readonly<Record<string, (folder: string) => string>> = {
  cut: (folder) => {
    truncateSync(path.join(writeCheckpoint(folder), 'model.safetensors'), 3000);
    return folder;
  },
  nan: (folder) => writeCheckpoint(folder, (bytes) => bytes.writeFloatLE(Number.NaN, bytes.length - 4)),
  overflowing: (folder) =>
    writeCheckpoint(folder, (bytes, from) => {
      for (let at = from; at < bytes.length; at += 4) bytes.writeFloatLE(3e38, at);
    }),
};

export function writeEncoders(root: string): {
  readonly checkpoint: string;
  readonly small: string;
  readonly large: string;
  readonly fixed: string;
} {
  return {
    checkpoint: writeCheckpoint(path.join(root, 'checkpoint')),
    small: writeTinyEncoder(path.join(root, 'small'), { layers: 1, seed: 2 }),
    large: writeTinyEncoder(path.join(root, 'large'), { layers: 3, seed: 3 }),
    fixed: staticFolder('model2vec', path.join(root, 'static')),
  };
}
