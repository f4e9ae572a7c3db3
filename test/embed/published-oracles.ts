import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readSafetensors } from '../../src/tensors/read-safetensors.ts';
import type { NamedTensor } from '../../src/tensors/write-safetensors.ts';
import type { Expected } from '../oracles.ts';
import { shared } from '../shared.ts';

/** Reference data of an encoder's folder. A static encoder's has neither a limit nor padding. */
export interface PublishedExpected extends Omit<Expected, 'max_length'> {
  readonly max_length: number | null;
  readonly max_abs_diff_fp32_vs_fp64_real_tokens?: number;
  readonly left_padding?: { readonly max_abs_diff_last_token_vs_right_padding: number };
  readonly sentence_transformers?: {
    readonly max_seq_length: number;
    readonly prompts?: Readonly<Record<string, string>>;
    readonly prompted_input_ids?: Readonly<Record<string, number[][]>>;
    readonly prompt_length?: Readonly<Record<string, number>>;
  };
}

export interface PublishedOracle {
  readonly name: string;
  readonly folder: string;
  readonly known: PublishedExpected;
  readonly tensors: ReadonlyMap<string, Pick<NamedTensor, 'shape' | 'data'>>;
  /** Of values up to 14. */
  readonly tolerance: number;
  /** Whether it is a table of token vectors. */
  readonly isStatic: boolean;
}

/** A folder of the shared oracles: an encoder, or the reason why not. */
export interface OraclePlace {
  readonly name: string;
  readonly folder: string;
  readonly passedOver: string | undefined;
}

/** Every folder of the shared oracles. */
export function oraclePlaces(): OraclePlace[] {
  const root = shared('oracles');
  if (!existsSync(root)) return [];
  const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map(({ name }) => ({ name, folder: path.join(root, name), passedOver: reasonFor(path.join(root, name)) }));
}

function reasonFor(folder: string): string | undefined {
  const has = (file: string) => existsSync(path.join(folder, file));
  if (!has('config.json') && !has('modules.json')) return 'it has neither config.json nor modules.json';
  return has('expected.safetensors') ? undefined : 'it has no expected.safetensors';
}

/**
 * Correct numbers are within ten times of the reference's own float32 error, and always within 1e-4: the smallest error that was tried, a
 * gelu in place of its tanh form, differs by 1e-3.
 */
export function readOracle({ name, folder }: OraclePlace): PublishedOracle {
  const known = JSON.parse(readFileSync(path.join(folder, 'expected.json'), 'utf8')) as PublishedExpected;
  const { tensors } = readSafetensors(readFileSync(path.join(folder, 'expected.safetensors')), name);
  const slack = 10 * (known.max_abs_diff_fp32_vs_fp64_real_tokens ?? 0);
  return { name, folder, known, tensors, tolerance: Math.min(1e-4, Math.max(1e-5, slack)), isStatic: !tensors.has('hidden_states') };
}

/** Ids of each text without padding. */
export function idsOf({
  input_ids: ids,
  attention_mask: mask,
}: Pick<PublishedExpected, 'input_ids'> & { attention_mask?: number[][] }): number[][] {
  return ids.map((text, i) => text.filter((_, t) => mask === undefined || mask[i]![t] === 1));
}
