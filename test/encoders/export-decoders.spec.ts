import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import '../../src/graph/telemetry.ts'; // transformers.js loads onnxruntime
import { AutoModel, AutoTokenizer, env, type Tensor } from '@huggingface/transformers';
import { embed } from '../../src/embed/embed.ts';
import { VectorStore } from '../../src/embed/store.ts';
import { pooledVectors, type Pooling } from '../../src/embed/vectors.ts';
import { openEncoder } from '../../src/encoders/encoder.ts';
import { EXPORT_DTYPES, exportEncoder, type ExportDtype } from '../../src/encoders/export.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyTokenizer } from '../tiny-tokenizer.ts';
import { decoderCases, writeDecoder, type DecoderCase } from './families/decoder-cases.ts';
import { largest } from '../largest.ts';

const root = temporaryFolder();
env.allowRemoteModels = false;
env.localModelPath = `${root}${path.sep}`;

const TEXTS = ['the cat sat on the mat .', 'what is it ?', 'good', 'the dog ran on the road , the cat sat on the mat , it is good .'];
const FILES: Readonly<Record<ExportDtype, string>> = { fp32: 'model.onnx', fp16: 'model_fp16.onnx', q8: 'model_quantized.onnx' };
/** Of vectors with values of about 1: compared with the checkpoint's own, which in q8 is in 8 bits as well. */
const TOLERANCE: Readonly<Record<ExportDtype, number>> = { fp32: 2e-5, fp16: 0.02, q8: 2e-4 };

const CASES = new Map(decoderCases().cases.map((each) => [each.name, each]));
/** Also exported in smaller precisions. */
const SMALLER = new Set(['qwen3', 'mistral', 'gemma3']);
const SIDES = ['left', 'right'] as const;

for (const [i, name] of [
  'qwen3',
  'qwen3-window',
  'qwen2',
  'qwen2-all',
  'llama',
  'mistral',
  'eurobert',
  'gemma3',
  'gemma3-causal',
].entries()) {
  // Published decoders pad on either side.
  const side = SIDES[i % 2]!;
  for (const dtype of EXPORT_DTYPES.filter((each) => each === 'fp32' || SMALLER.has(name))) {
    test(`export: ${name} as ${dtype}, its texts padded on the ${side}, gives the checkpoint's vectors here and in transformers.js`, async () => {
      const folder = checkpoint(CASES.get(name)!, side);
      const out = path.join(root, `${name}-${dtype}`);
      await exportEncoder({ name, folder, out, dtype });
      const library = await inLibrary(`${name}-${dtype}`, dtype);
      // The third text is the shortest.
      assert.equal(library.mask[2]![0], side === 'left' ? 0 : 1);
      for (const pooling of ['last', 'mean'] as const) {
        const expected = await vectorsOf({ folder, dtype: dtype === 'q8' ? 'q8' : undefined, pooling });
        const again = await vectorsOf({ folder: out, onnx: path.join(out, 'onnx', FILES[dtype]), pooling });
        assert.ok(largest(again, expected) <= TOLERANCE[dtype], `${pooling}: opened again differs by ${largest(again, expected)}`);
        assert.ok(
          largest(library[pooling], expected) <= TOLERANCE[dtype],
          `${pooling}: transformers.js differs by ${largest(library[pooling], expected)}`,
        );
      }
    });
  }
}

/** A decoder with a tokenizer of twenty words, as on a hub. */
function checkpoint(decoder: DecoderCase, side: (typeof SIDES)[number]): string {
  const folder = writeDecoder(decoder);
  writeTinyTokenizer(folder);
  writeFileSync(
    path.join(folder, 'tokenizer_config.json'),
    JSON.stringify({
      tokenizer_class: 'PreTrainedTokenizerFast',
      pad_token: '[PAD]',
      eos_token: '[SEP]',
      padding_side: side,
      model_max_length: 64,
    }),
  );
  mkdirSync(path.join(folder, '1_Pooling'));
  writeFileSync(
    path.join(folder, '1_Pooling', 'config.json'),
    JSON.stringify({ word_embedding_dimension: decoder.config['hidden_size'], pooling_mode_lasttoken: true }),
  );
  writeFileSync(
    path.join(folder, 'modules.json'),
    JSON.stringify(
      ['Transformer', 'Pooling'].map((type, idx) => ({
        idx,
        name: String(idx),
        path: idx === 0 ? '' : `${idx}_${type}`,
        type: `sentence_transformers.models.${type}`,
      })),
    ),
  );
  return folder;
}

interface Opened {
  readonly folder: string;
  readonly onnx?: string;
  readonly dtype?: string | undefined;
  readonly pooling: Pooling;
}

async function vectorsOf({ folder, onnx, dtype, pooling }: Opened): Promise<Float32Array> {
  const encoder = await openEncoder({ name: 'tiny', folder, onnx, revision: '', dtype });
  const [vector] = pooledVectors({
    poolings: [pooling],
    layers: 'last',
    layerMeans: [],
    depth: encoder.depth,
    published: undefined,
    encoder: 'tiny',
  });
  const store = new VectorStore(temporaryFolder(), assert.fail);
  return (await (await embed({ encoder, texts: TEXTS, specs: [vector!.spec], store, threads: 1 })).load(vector!.spec)).data;
}

/** By transformers.js only: all texts in one padded batch, the last real token's vector and the mean. */
async function inLibrary(name: string, dtype: ExportDtype): Promise<{ mask: number[][]; last: Float32Array; mean: Float32Array }> {
  const tokenizer = await AutoTokenizer.from_pretrained(name);
  const model = await AutoModel.from_pretrained(name, { dtype });
  const inputs = tokenizer(TEXTS, { padding: true }) as { input_ids: Tensor; attention_mask: Tensor };
  const { last_hidden_state: state } = (await model(inputs)) as { last_hidden_state: { data: Float32Array; dims: number[] } };
  await model.dispose();
  const [, tokens, width] = state.dims as [number, number, number];
  const mask = inputs.attention_mask.tolist().map((row: unknown[]) => row.map(Number)) as number[][];
  const vector = (of: (rows: number[], text: number, column: number) => number) =>
    Float32Array.from(
      mask.flatMap((row, text) =>
        Array.from({ length: width }, (_, column) =>
          of(
            [...row.keys()].filter((at) => row[at] === 1),
            text,
            column,
          ),
        ),
      ),
    );
  const value = (text: number, at: number, column: number) => state.data[(text * tokens + at) * width + column]!;
  return {
    mask,
    last: vector((real, text, column) => value(text, real.at(-1)!, column)),
    mean: vector((real, text, column) => real.reduce((sum, at) => sum + value(text, at, column), 0) / real.length),
  };
}
