import { setImmediate } from 'node:timers/promises';
import { encodeText, type TextReader } from './prompted-text.ts';

/** Characters that are tokenised to count: some seconds at most. Of more, an even part of the long texts is counted for all. */
const MOST_CHARACTERS = 8 << 20;
/**
 * The beginning of a long text, in characters a token, tells that it is too long as a rule; by so many tokens, since where it ends a word
 * may be torn.
 */
const BEGINNING = 6;
const MARGIN = 8;
/** Texts tokenised before other work may run. */
const SLICE_TEXTS = 64;
/** Bytes of a UTF-16 unit in UTF-8, each of which can be a token. */
const UNIT_BYTES = 3;

export interface Truncated {
  readonly texts: number;
  /** Only a part of the long texts was counted. */
  readonly estimated: boolean;
}

/** How many texts have more tokens than the encoder takes. Only texts that are long enough for it are tokenised. */
export async function countTruncated(encoder: TextReader, texts: readonly string[], most = MOST_CHARACTERS): Promise<Truncated> {
  const { maxLength } = encoder;
  const tokensOf = (text: string): number => encodeText(encoder, text).total;
  // What stands around any text: special tokens, a prompt, a mark before the first word.
  const around = tokensOf('a');
  const long = texts.filter((text) => mostTokens(text, maxLength) + around > maxLength);
  const characters = long.reduce((sum, text) => sum + Math.min(text.length, BEGINNING * maxLength), 0);
  const isCut = (text: string): boolean => {
    const begins =
      text.length > 2 * BEGINNING * maxLength
      && tokensOf(text.slice(0, BEGINNING * maxLength)) > maxLength + MARGIN;
    return begins || tokensOf(text) > maxLength;
  };
  const step = Math.max(1, characters / most);
  let counted = 0;
  let cut = 0;
  for (let at = 0; Math.floor(at) < long.length; at += step) {
    if (isCut(long[Math.floor(at)]!)) cut++;
    if (++counted % SLICE_TEXTS === 0) await setImmediate();
  }
  return { texts: counted === 0 ? 0 : Math.round((cut * long.length) / counted), estimated: counted < long.length };
}

/**
 * No tokenizer makes more tokens of a text: one of each ASCII character, or of each byte of what normalisation can make of others. Longer
 * than the limit, it does not matter by how much.
 */
function mostTokens(text: string, limit: number): number {
  if (text.length > limit || isAscii(text)) return text.length;
  return UNIT_BYTES * text.normalize('NFKD').length;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}
