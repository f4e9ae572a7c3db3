import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { readSafetensors } from '../src/tensors/read-safetensors.ts';
import { writeSafetensors } from '../src/tensors/write-safetensors.ts';
import { bertFolder, onnxFolder } from './weights.ts';

export interface TableShape {
  readonly rows: number;
  readonly width: number;
  readonly unused: boolean;
}

/** A static encoder with random weights: a folder that peers and the harness can open. `unused`: with BERT's unused tokens. */
export function randomTable(folder: string, shape: TableShape): string {
  const random = xoroshiro128plus(1);
  return tableFolder(
    folder,
    shape,
    Float32Array.from({ length: shape.rows * shape.width }, () => (random.next() >> 8) / (1 << 23)),
  );
}

/** A static encoder whose vectors are all-MiniLM-L6-v2's word embeddings, before any layer: 30,522 x 384. */
export function wordTable(folder: string): string {
  const file = path.join(bertFolder('all-MiniLM-L6-v2'), 'model.safetensors');
  const {
    shape: [rows, width],
    data,
  } = readSafetensors(readFileSync(file), file).tensors.get('embeddings.word_embeddings.weight')!;
  return tableFolder(folder, { rows: rows!, width: width!, unused: true }, data as Float32Array);
}

function tableFolder(folder: string, { rows, width, unused }: TableShape, data: Float32Array): string {
  mkdirSync(folder);
  const json = JSON.parse(readFileSync(path.join(onnxFolder('all-MiniLM-L6-v2'), 'tokenizer.json'), 'utf8')) as Tokenizer;
  const tokens = Object.keys(json.model.vocab).filter((token) => unused || !token.startsWith('[unused'));
  if (tokens.length !== rows) throw new Error(`The vocabulary has ${tokens.length} tokens, not ${rows}.`);
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  const added = json.added_tokens.map((token) => ({ ...token, id: vocab[token.content] }));
  writeFileSync(
    path.join(folder, 'tokenizer.json'),
    JSON.stringify({ ...json, truncation: null, padding: null, added_tokens: added, model: { ...json.model, vocab } }),
  );
  writeFileSync(
    path.join(folder, 'model.safetensors'),
    writeSafetensors([{ name: 'embeddings', dtype: 'F32', shape: [rows, width], data }]),
  );
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ model_type: 'model2vec', normalize: true, max_length: 512 }));
  writeFileSync(
    path.join(folder, 'modules.json'),
    JSON.stringify(
      ['StaticEmbedding', 'Normalize'].map((kind, idx) => ({
        idx,
        name: String(idx),
        path: idx === 0 ? '.' : `${idx}_${kind}`,
        type: `sentence_transformers.models.${kind}`,
      })),
    ),
  );
  mkdirSync(path.join(folder, '1_Normalize'));
  return folder;
}

interface Tokenizer {
  readonly model: { readonly vocab: Readonly<Record<string, number>> };
  readonly added_tokens: readonly { readonly content: string }[];
}
