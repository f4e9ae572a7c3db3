import { adapted } from '../../../src/encoders/adapters/adapter.ts';
import { baseOf } from '../../../src/encoders/adapters/lora-config.ts';
import { openCheckpoint } from '../../../src/encoders/checkpoint/checkpoint.ts';
import { readFloats } from '../../../src/tensors/read-floats.ts';
import { writeSafetensors } from '../../../src/tensors/write-safetensors.ts';
import { anything, json } from '../changes.ts';
import { seedsOf, type FuzzReader, type Input } from '../reader.ts';

const ones = (name: string, ...shape: number[]) => ({
  name,
  dtype: 'F32' as const,
  shape,
  data: new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(1),
});

const BASE = writeSafetensors([ones('encoder.0.q.weight', 4, 3), ones('encoder.0.q.bias', 4), ones('embeddings.t.weight', 5, 3)]);
const ADAPTER = writeSafetensors([
  ones('base_model.model.encoder.0.q.lora_A.weight', 2, 3),
  ones('base_model.model.encoder.0.q.lora_B.weight', 4, 2),
  ones('base_model.model.encoder.0.q.lora_B.bias', 4),
  ones('base_model.model.encoder.0.q.lora_magnitude_vector', 4),
  ones('base_model.model.embeddings.t.token_adapter.trainable_tokens_delta', 2, 3),
  ones('base_model.model.head.weight', 2, 3),
]);
const CONFIG = JSON.stringify({
  peft_type: 'LORA',
  r: 2,
  lora_alpha: 4,
  rank_pattern: { k: 3 },
  alpha_pattern: { '^encoder.0.q': 5 },
  use_dora: true,
  use_rslora: true,
  lora_bias: true,
  bias: 'none',
  fan_in_fan_out: false,
  init_lora_weights: true,
  target_modules: ['q'],
  layers_to_transform: [0],
  trainable_token_indices: { t: [1, 4] },
  base_model_name_or_path: 'org/base',
  revision: null,
  loftq_config: {},
  use_qalora: false,
});

/** Merges the adapter in the folder into its weights, and reads all of them. */
async function merge({ folder }: Input): Promise<void> {
  const { tensors } = await openCheckpoint(folder);
  const merged = await adapted(folder, tensors, '');
  for (const stored of merged.tensors.values()) await readFloats(stored);
  baseOf(folder, merged.identity[0]!);
}

/** Adapters as saved by peft. */
export const adapters: Readonly<Record<string, FuzzReader>> = {
  'adapter-config': {
    seeds: () => seedsOf('adapter_config.json', [CONFIG], { beside: { 'model.safetensors': BASE, 'adapter_model.safetensors': ADAPTER } }),
    changes: json,
    read: merge,
    share: 2,
  },
  'adapter-weights': {
    seeds: () => seedsOf('adapter_model.safetensors', [ADAPTER], { beside: { 'model.safetensors': BASE, 'adapter_config.json': CONFIG } }),
    changes: anything,
    read: merge,
    share: 2,
  },
};
