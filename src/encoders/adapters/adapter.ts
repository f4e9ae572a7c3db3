import path from 'node:path';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import type { StoredTensor } from '../../tensors/stored-tensor.ts';
import { readAdapterTensors } from './adapter-tensors.ts';
import { ADAPTER_CONFIG, findAdapter } from './find-adapter.ts';
import { readLoraConfig } from './lora-config.ts';
import { mergeAdapter } from './merge.ts';

/** The weights of an encoder after merging its adapter, if any. */
export interface Adapted {
  readonly tensors: Checkpoint['tensors'];
  /** File of the adapter's weights, with links resolved; empty without an adapter. */
  readonly files: readonly string[];
  /** What determines the weights, in addition to files: the adapter's configuration. */
  readonly identity: readonly string[];
  /** Weights of the adapter that the encoder does not use: heads. */
  readonly unused: readonly string[];
}

/**
 * Merges the adapter in a folder into the weights there; without one they are unchanged. Throws FORMAT for an adapter that cannot be merged
 * exactly.
 */
export async function adapted(folder: string, tensors: ReadonlyMap<string, StoredTensor>, prefix: string): Promise<Adapted> {
  const weights = findAdapter(folder);
  if (weights === undefined) return { tensors, files: [], identity: [], unused: [] };
  const config = await readLoraConfig(path.join(folder, ADAPTER_CONFIG));
  const { file, ...adapter } = readAdapterTensors(weights);
  return { ...mergeAdapter({ tensors, prefix, adapter, config }), files: [file], identity: [config.text] };
}
