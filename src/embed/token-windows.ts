import { setImmediate } from 'node:timers/promises';
import type { Encoder } from '../encoders/encoder.ts';
import type { EncoderInput } from '../encoders/encoder-input.ts';
import { readInput } from '../encoders/read-input.ts';
import type { Batch } from './batches.ts';
import type { TextBatch } from './run-params.ts';

/** Maximum texts, and tokens, that are tokenised before they are sorted into batches: bounds memory for a large dataset. */
const WINDOW_TEXTS = 8192;
const WINDOW_TOKENS = 1 << 20;
/** Texts tokenised before other work may run. */
const SLICE_TEXTS = 64;

/** Texts that are tokenised together, before they are sorted into batches. */
export interface TokenWindow {
  /** Rows in `texts`. */
  readonly rows: number[];
  readonly ids: Int32Array[];
  /** Number of tokens before truncation. */
  readonly totals: number[];
  /** Positions of words' first sub-tokens, if requested. */
  readonly words: Int32Array[];
  /** Token type ids, if the encoder uses them for pairs. */
  readonly types: Int32Array[];
  /** Start of the next window. */
  readonly to: number;
}

interface TokeniseParams {
  readonly encoder: Encoder;
  readonly texts: readonly EncoderInput[];
  readonly rows: readonly number[];
  readonly from: number;
  readonly words: boolean;
}

/**
 * Tokenises the next window of texts, or of pairs (not of both), each preceded by the encoder's prompt, letting other work run in between.
 */
export async function tokenise({ encoder, texts, rows, from, words }: TokeniseParams): Promise<TokenWindow> {
  const window = {
    rows: [] as number[],
    ids: [] as Int32Array[],
    totals: [] as number[],
    words: [] as Int32Array[],
    types: [] as Int32Array[],
  };
  let tokens = 0;
  let to = from;
  for (; to < rows.length && window.rows.length < WINDOW_TEXTS && tokens < WINDOW_TOKENS; to++) {
    const row = rows[to]!;
    const { ids, total, types, words: starts } = readInput(encoder, texts[row]!, words);
    window.rows.push(row);
    window.ids.push(ids);
    window.totals.push(total);
    if (starts !== undefined) window.words.push(starts);
    if (types !== undefined) window.types.push(types);
    tokens += ids.length;
    if (window.rows.length % SLICE_TEXTS === 0) await setImmediate();
  }
  return { ...window, to };
}

/** Texts of a window as a batch: the ids [texts, length] and further inputs. */
export function batchOf({ ids, words, types }: Pick<TokenWindow, 'ids' | 'words' | 'types'>, { rows, length }: Batch): TextBatch {
  return {
    ids: joined(ids, { rows, length }),
    count: rows.length,
    length,
    words: words.length === 0 ? undefined : rows.map((row) => words[row]!),
    types: types.length === 0 ? undefined : joined(types, { rows, length }),
  };
}

function joined(lists: readonly Int32Array[], { rows, length }: Batch): Int32Array<ArrayBuffer> {
  const all = new Int32Array(rows.length * length);
  for (const [i, row] of rows.entries()) all.set(lists[row]!, i * length);
  return all;
}
