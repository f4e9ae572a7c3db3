import { HarnessError } from '../errors.ts';
import type { OnnxModel } from '../graph/read.ts';
import type { Encoder } from './encoder.ts';
import { buildEncoder, type BuildParams } from './families/build.ts';
import { textInputs, type TextInput } from './text-inputs.ts';

/** The graph of an encoder that reads pairs: its tokens are of the types that an input `token_type_ids` says. */
export interface PairGraph {
  readonly model: OnnxModel;
  readonly states: readonly string[];
  readonly inputs: readonly TextInput[];
}

/** Builds it of a checkpoint. Throws as `buildEncoder`. */
export async function pairGraph(params: Pick<BuildParams, 'folder' | 'options' | 'dtype'>): Promise<PairGraph> {
  const { model, states } = await buildEncoder({ ...params, pairs: true });
  return { model, states, inputs: textInputs(model.proto.graph!, params.folder) };
}

/** What is made when it is first asked for, and kept. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

/** Of an ONNX file that is not fed token types: what its config.json says of them, where it says that there are some. */
export function untypedNote(config: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const rows = config?.['type_vocab_size'];
  if (typeof rows !== 'number' || rows < 2) return undefined;
  return 'Its ONNX file has no input token_type_ids: the texts of a pair are read without their types, and separators alone tell them apart.';
}

/**
 * The encoder as it reads pairs: all of it but the graph, where that is another. Throws OPTION for a static encoder, whose vector of two
 * texts would be that of a text of both, and as `buildEncoder`.
 */
export async function pairEncoder(encoder: Encoder): Promise<Encoder> {
  if (encoder.depth === 0) {
    throw new HarnessError('OPTION', {
      where: encoder.name,
      what: 'It is a table of token vectors, and static encoders read no pairs: the order of tokens, and which text they are of, are nothing to it.',
      hint: 'Use separate: a vector of each text.',
    });
  }
  return encoder.pairGraph === undefined ? encoder : { ...encoder, ...(await encoder.pairGraph()) };
}
