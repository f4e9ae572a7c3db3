import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { writeTinyCheckpoint } from '../tiny-checkpoint.ts';
import { tinyTokenizer, writeTinyEncoder } from '../tiny-encoder.ts';

/** Encoders and texts on which every experiment runs in a second. */
export interface Inputs {
  /** An ONNX file; frozen. */
  readonly frozen: string;
  /** A checkpoint, which can be trained. */
  readonly trained: string;
  /** Texts with two labels and with splits. */
  readonly data: string;
}

const LETTERS = 'abcdefgh';

const SPLITS = ['train', 'train', 'dev', 'test'];

function line(i: number): string {
  const words = [i, 3 * i, i * i, 5 * i + 1].map((at) => LETTERS[at % 8]);
  return [words.join(' '), i % 2 === 0 ? 'even' : 'odd', SPLITS[Math.floor(i / 2) % 4]].join();
}

export function writeInputs(root: string): Inputs {
  const frozen = writeTinyEncoder(path.join(root, 'frozen'), { layers: 2 });
  const trained = writeTinyCheckpoint(path.join(root, 'trained'));
  writeFileSync(path.join(trained, 'tokenizer.json'), JSON.stringify(tinyTokenizer()));
  const data = path.join(root, 'data.csv');
  writeFileSync(data, `text,label,split\n${Array.from({ length: 64 }, (_, i) => line(i)).join('\n')}\n`);
  return { frozen, trained, data };
}
