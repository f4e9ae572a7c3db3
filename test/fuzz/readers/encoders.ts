import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { toBinary } from '@bufbuild/protobuf';
import { buildEncoder } from '../../../src/encoders/families/build.ts';
import { exportedPositions, lengthLimit, tablePositions } from '../../../src/encoders/length-limit.ts';
import { graphDtype } from '../../../src/encoders/graph-dtype.ts';
import { hashFile } from '../../../src/encoders/encoder.ts';
import { publishedModules } from '../../../src/encoders/published/modules.ts';
import { transformerFolder } from '../../../src/encoders/sentence-modules.ts';
import { findHiddenStates } from '../../../src/graph/hidden-states.ts';
import { ModelProtoSchema } from '../../../src/graph/onnx_pb.ts';
import { readModel } from '../../../src/graph/read.ts';
import { TINY_CONFIG, writeTinyCheckpoint } from '../../tiny-checkpoint.ts';
import { tinyModel, writeTinyEncoder, type TinyOptions } from '../../tiny-encoder.ts';
import { json, varints } from '../changes.ts';
import { seedsOf, type FuzzReader, type Seed } from '../reader.ts';

const GRAPHS: readonly TinyOptions[] = [
  { layers: 1 },
  { norm: 'spelled', output: 'masked-lm' },
  { attention: 'fused', output: 'pooled', placement: 'pre' },
];

/** The files that a function writes into a folder. */
function written(write: (folder: string) => void, names: readonly string[]): Record<string, Uint8Array> {
  const folder = mkdtempSync(path.join(tmpdir(), 'embedding-bench-seed-'));
  try {
    write(folder);
    return Object.fromEntries(names.map((name) => [name, readFileSync(path.join(folder, name))]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const onnx: FuzzReader['read'] = async ({ folder, file }) => {
  const model = await readModel(file);
  findHiddenStates(model, file);
  graphDtype(model.proto.graph!);
  tablePositions(model.proto.graph!, undefined);
  await exportedPositions({ folder, graph: model.proto.graph! });
};

function externalSeed(): Seed {
  const files = written((folder) => writeTinyEncoder(folder, { layers: 1, external: true }), ['model.onnx', 'model.onnx_data']);
  return { name: 'model.onnx', bytes: files['model.onnx']!, beside: { 'model.onnx_data': files['model.onnx_data']! } };
}

const CHECKPOINT = () => written(writeTinyCheckpoint, ['model.safetensors', 'config.json']);
const MODULES = [
  { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
  { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
  { idx: 2, name: '2', path: '2_Normalize', type: 'sentence_transformers.models.Normalize' },
];
const POOLED = {
  'modules.json': JSON.stringify(MODULES),
  '1_Pooling/config.json': JSON.stringify({ word_embedding_dimension: 8, pooling_mode_cls_token: false, pooling_mode_mean_tokens: true }),
  'sentence_bert_config.json': JSON.stringify({ max_seq_length: 256, do_lower_case: false }),
  'config_sentence_transformers.json': JSON.stringify({ prompts: {}, default_prompt_name: null }),
};

/** Graphs, and the files that describe how an encoder is built and used. */
export const encoders: Readonly<Record<string, FuzzReader>> = {
  onnx: {
    seeds: () =>
      seedsOf(
        'model.onnx',
        GRAPHS.map((options) => toBinary(ModelProtoSchema, tinyModel(options))),
      ),
    changes: varints,
    read: onnx,
    share: 8,
  },
  'onnx-external': { seeds: () => [externalSeed()], changes: varints, read: onnx, share: 2 },
  'config-json': {
    seeds: () =>
      seedsOf(
        'config.json',
        [
          JSON.stringify(TINY_CONFIG),
          JSON.stringify({ ...TINY_CONFIG, position_embedding_type: 'absolute', hidden_dropout_prob: 0.1, pad_token_id: 0 }),
        ],
        { beside: CHECKPOINT() },
      ),
    changes: json,
    read: async ({ folder }) => {
      const { positions } = await buildEncoder({ folder });
      await lengthLimit({ folder, positions: () => positions });
    },
    share: 4,
  },
  'sentence-modules': {
    seeds: () => Object.entries(POOLED).map(([name, text]) => ({ name, bytes: Buffer.from(text), beside: POOLED })),
    changes: json,
    read: async ({ folder }) => {
      transformerFolder(folder);
      await lengthLimit({ folder, positions: () => 512 }).catch(ifRefused);
      await publishedModules({ folder, sha256: hashFile });
    },
  },
};

/** One file that is refused does not stop the next. */
function ifRefused(error: unknown): void {
  if ((error as { name?: unknown }).name !== 'HarnessError') throw error;
}
