import path from 'node:path';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import type { StoredTensor } from '../../tensors/stored-tensor.ts';
import { readAdapterTensors } from './adapter-tensors.ts';
import { ADAPTER_CONFIG, findAdapter } from './find-adapter.ts';
import { readLoraConfig } from './lora-config.ts';
import { mergeAdapter } from './merge.ts';

/** The weights of an encoder with the adapter that lies beside them. */
export interface Adapted {
  readonly tensors: Checkpoint['tensors'];
  /** File of the adapter's weights, links resolved; none without an adapter. */
  readonly files: readonly string[];
  /** What besides files decides the weights: the adapter's configuration. */
  readonly identity: readonly string[];
  /** Weights of the adapter that the encoder has no use for: heads. */
  readonly unused: readonly string[];
}

/**
 * Merges the adapter in a folder into the weights beside it; without one they are what they were. Throws FORMAT for an adapter that cannot
 * be merged exactly.
 */
export async function adapted(folder: string, tensors: ReadonlyMap<string, StoredTensor>, prefix: string): Promise<Adapted> {
  const weights = findAdapter(folder);
  if (weights === undefined) return { tensors, files: [], identity: [], unused: [] };
  const config = await readLoraConfig(path.join(folder, ADAPTER_CONFIG));
  const { file, ...adapter } = readAdapterTensors(weights);
  return { ...mergeAdapter({ tensors, prefix, adapter, config }), files: [file], identity: [config.text] };
}
