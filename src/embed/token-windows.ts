import { setImmediate } from 'node:timers/promises';
import type { Encoder } from '../encoders/encoder.ts';
import { encodeText, wordPositions } from '../encoders/prompted-text.ts';
import { checkIds } from '../encoders/token-rows.ts';

/** Texts, and tokens, that are tokenised before they are sorted into batches: what memory holds of a corpus, besides its texts. */
const WINDOW_TEXTS = 8192;
const WINDOW_TOKENS = 1 << 20;
/** Texts tokenised before other work may run. */
const SLICE_TEXTS = 64;

/** Texts that are tokenised together, before they are sorted into batches. */
export interface TokenWindow {
  /** Rows of `texts`. */
  readonly rows: number[];
  readonly ids: Int32Array[];
  /** Tokens before the cut. */
  readonly totals: number[];
  /** Positions of words' first sub-tokens, where they were asked for. */
  readonly words: Int32Array[];
  /** Where the next window begins. */
  readonly to: number;
}

interface TokeniseParams {
  readonly encoder: Encoder;
  readonly texts: readonly string[];
  readonly rows: readonly number[];
  readonly from: number;
  readonly words: boolean;
}

/** Tokenises the next window of texts, each behind the encoder's prompt, letting other work run in between. */
export async function tokenise({ encoder, texts, rows, from, words }: TokeniseParams): Promise<TokenWindow> {
  const window = { rows: [] as number[], ids: [] as Int32Array[], totals: [] as number[], words: [] as Int32Array[] };
  let tokens = 0;
  let to = from;
  for (; to < rows.length && window.rows.length < WINDOW_TEXTS && tokens < WINDOW_TOKENS; to++) {
    const row = rows[to]!;
    const text = texts[row]!;
    const { ids, total } = encodeText(encoder, text);
    checkIds(encoder, ids, text);
    window.rows.push(row);
    window.ids.push(ids);
    window.totals.push(total);
    if (words) window.words.push(wordPositions(text, encoder, { ids, total }));
    tokens += ids.length;
    if (window.rows.length % SLICE_TEXTS === 0) await setImmediate();
  }
  return { ...window, to };
}
