import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { writeSafetensors, type NamedTensor } from '../../src/tensors/write-safetensors.ts';
import type { EncoderShape } from './shapes.ts';

const POSITIONS = 512;
/** Weights are uniform up to this, with the standard deviation 0.02 of BERT's initialisation. */
const LARGEST = 0.02 * Math.sqrt(3);
const SPECIALS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

/**
 * A BERT checkpoint of a published shape with seeded random weights, and a WordPiece vocabulary of the texts' words: what costs time are
 * the shapes, so that no weights need to be downloaded. Returns the folder.
 */
export function writeRandomEncoder(folder: string, { shape, texts }: { shape: EncoderShape; texts: readonly string[] }): string {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, content: string | Uint8Array) => writeFileSync(path.join(folder, name), content);
  write('config.json', JSON.stringify(configOf(shape)));
  write('tokenizer_config.json', JSON.stringify({ tokenizer_class: 'BertTokenizer', do_lower_case: true }));
  write('vocab.txt', `${vocabularyOf(texts, shape.vocabulary).join('\n')}\n`);
  write('model.safetensors', writeSafetensors(weightsOf(shape), { format: 'pt' }));
  return folder;
}

function configOf({ layers, width, heads, inner, vocabulary }: EncoderShape): Readonly<Record<string, unknown>> {
  return {
    architectures: ['BertModel'],
    model_type: 'bert',
    vocab_size: vocabulary,
    hidden_size: width,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    intermediate_size: inner,
    max_position_embeddings: POSITIONS,
    type_vocab_size: 2,
    hidden_act: 'gelu',
    hidden_dropout_prob: 0.1,
    attention_probs_dropout_prob: 0.1,
    layer_norm_eps: 1e-12,
    pad_token_id: 0,
  };
}

/** Special tokens, characters, then words from the most frequent on, filled up with unused tokens. */
function vocabularyOf(texts: readonly string[], size: number): string[] {
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const word of text.toLowerCase().match(/[a-z]+|[0-9]+|[^\sa-z0-9]/g) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
  const words = [...counts].toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([word]) => word);
  const characters = [...new Set(words.flatMap((word) => [...word]))].toSorted();
  const tokens = [...new Set([...SPECIALS, ...characters, ...characters.map((each) => `##${each}`), ...words])].slice(0, size);
  return [...tokens, ...Array.from({ length: size - tokens.length }, (_, i) => `[unused${i}]`)];
}

function weightsOf({ layers, width, inner, vocabulary }: EncoderShape): NamedTensor[] {
  const random = xoroshiro128plus(1);
  const tensors: NamedTensor[] = [];
  const add = (name: string, shape: readonly number[], centre = 0) => {
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    for (let i = 0; i < data.length; i++) data[i] = centre + (random.next() / 2 ** 31) * LARGEST;
    tensors.push({ name, dtype: 'F32', shape, data });
  };
  const linear = (name: string, from: number, to: number) => {
    add(`${name}.weight`, [to, from]);
    add(`${name}.bias`, [to]);
  };
  const norm = (name: string) => {
    add(`${name}.weight`, [width], 1);
    add(`${name}.bias`, [width]);
  };
  add('embeddings.word_embeddings.weight', [vocabulary, width]);
  add('embeddings.position_embeddings.weight', [POSITIONS, width]);
  add('embeddings.token_type_embeddings.weight', [2, width]);
  norm('embeddings.LayerNorm');
  for (let layer = 0; layer < layers; layer++) {
    const name = `encoder.layer.${layer}`;
    for (const part of ['self.query', 'self.key', 'self.value', 'output.dense']) linear(`${name}.attention.${part}`, width, width);
    norm(`${name}.attention.output.LayerNorm`);
    linear(`${name}.intermediate.dense`, width, inner);
    linear(`${name}.output.dense`, inner, width);
    norm(`${name}.output.LayerNorm`);
  }
  return tensors;
}
