import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { packageRoot } from '../src/home.ts';
import { writeSafetensors } from '../src/tensors/write-safetensors.ts';
import { onnxFolder } from './weights.ts';

/** potion-base-8M has BERT's vocabulary without its unused tokens, static-retrieval-mrl-en-v1 all of it. */
const SHAPES = [
  { name: 'potion-base-8M', rows: 29_528, width: 256, unused: false },
  { name: 'static-retrieval-mrl-en-v1', rows: 30_522, width: 1024, unused: true },
] as const;
const PEERS = ['model2vec', 'sentence-transformers'] as const;

/**
 * Texts per second of static encoders of published shapes with random weights, ours (`embed`: hashes, tokens, vectors, all written to an
 * empty store) beside model2vec's and sentence-transformers' `encode`, on one processor and on all of them; each a process of its own, the
 * first pass over the texts and the best of the following. PYTHON names an interpreter with both. Words: rounds, then parts of names.
 * EMBEDDING_BENCH_TEXTS names a file with a text a line.
 */
export async function bench(words: readonly string[]): Promise<void> {
  const [first = '1', ...wanted] = words;
  const texts = process.env['EMBEDDING_BENCH_TEXTS'] ?? path.join(packageRoot(), '..', 'shared', 'data', 'stackoverflow', 'title_StackOverflow.txt');
  if (!existsSync(texts)) throw new Error(`There are no texts in ${texts}: set EMBEDDING_BENCH_TEXTS.`);
  const lines = readFileSync(texts, 'utf8').split('\n').filter((line) => line !== '');
  console.log(
    `${lines.length} texts of ${path.basename(texts)}, ${(lines.reduce((sum, { length }) => sum + length, 0) / lines.length).toFixed(0)} characters each`,
  );
  const scratch = mkdtempSync(path.join(tmpdir(), 'perf-static-'));
  const python = process.env['PYTHON'] ?? 'python3';
  const candidates: readonly (readonly [string, readonly string[]])[] = [
    ['embedding-bench', [process.execPath, path.join(import.meta.dirname, 'static-pass.js')]],
    ...PEERS.map((peer) => [peer, [python, path.join(packageRoot(), 'perf', 'peers', 'static_peer.py'), peer]] as const),
  ];
  try {
    for (const shape of SHAPES) {
      const folder = randomTable(path.join(scratch, shape.name), shape);
      for (let round = 0; round < Number(first); round++) {
        for (const cores of new Set([1, availableParallelism()])) {
          for (const [name, command] of candidates) {
            const title = `${shape.name}, ${cores} ${cores === 1 ? 'core' : 'cores'}, ${name}`;
            if (wanted.length > 0 && !wanted.some((word) => title.includes(word))) continue;
            console.log(`${title.padEnd(64)} ${measured([...command, folder, texts, String(cores)], cores)}`);
          }
        }
      }
    }
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function measured(command: readonly string[], cores: number): string {
  const [program, ...args] = cores === 1 ? ['taskset', '-c', '0', ...command] : command;
  const { status, stdout, stderr } = spawnSync(program!, args, { encoding: 'utf8', env: { ...process.env, HF_HUB_OFFLINE: '1' } });
  return status === 0 ? (/RESULT (.*)/.exec(stdout)?.[1] ?? '') : `not run: ${stderr.trim().split('\n').at(-1) ?? ''}`;
}

interface Shape {
  readonly rows: number;
  readonly width: number;
  readonly unused: boolean;
}

/** A folder that both peers and the harness open. */
function randomTable(folder: string, { rows, width, unused }: Shape): string {
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
  const random = xoroshiro128plus(1);
  const data = Float32Array.from({ length: rows * width }, () => (random.next() >> 8) / (1 << 23));
  writeFileSync(path.join(folder, 'model.safetensors'), writeSafetensors([{ name: 'embeddings', dtype: 'F32', shape: [rows, width], data }]));
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
