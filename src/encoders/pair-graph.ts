import type { OnnxModel } from '../graph/read.ts';
import { buildEncoder, type BuildParams } from './families/build.ts';
import { textInputs, type TextInput } from './text-inputs.ts';

/** The graph of an encoder for pairs: token types are an input `token_type_ids`. */
export interface PairGraph {
  readonly model: OnnxModel;
  readonly states: readonly string[];
  readonly inputs: readonly TextInput[];
}

/** Builds it from a checkpoint. Throws as `buildEncoder`. */
export async function pairGraph(params: Pick<BuildParams, 'folder' | 'options' | 'dtype' | 'form'>): Promise<PairGraph> {
  const { model, states } = await buildEncoder({ ...params, pairs: true });
  return { model, states, inputs: textInputs(model.proto.graph!, params.folder) };
}

/** A function whose result is computed on first use, and cached. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

/** Note for pairs with an ONNX file that has no input for token types; undefined unless its config.json declares several. */
export function untypedNote(config: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const rows = config?.['type_vocab_size'];
  if (typeof rows !== 'number' || rows < 2) return undefined;
  return 'Its ONNX file has no input token_type_ids: the texts of a pair are distinguished only by separators.';
}
