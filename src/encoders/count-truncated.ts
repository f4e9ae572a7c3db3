import { setImmediate } from 'node:timers/promises';
import { isPair, type EncoderInput } from './encoder-input.ts';
import { encodeText, type TextReader } from './prompted-text.ts';

/**
 * Maximum characters tokenised for counting: a few seconds. With more, an evenly spaced sample of the long texts is counted and
 * extrapolated.
 */
const MOST_CHARACTERS = 8 << 20;
/**
 * Characters per token of the beginning of a text that usually shows whether it is too long, plus a margin of tokens, as a word may be cut
 * at its end.
 */
const BEGINNING = 6;
const MARGIN = 8;
/** Texts tokenised before other work may run. */
const SLICE_TEXTS = 64;
/** Bytes of a UTF-16 unit in UTF-8, each of which can be a token. */
const UNIT_BYTES = 3;

export interface Truncated {
  readonly texts: number;
  /** Only a sample of the long texts was counted. */
  readonly estimated: boolean;
}

/** A text, a joint pair, or separately encoded texts, which count as truncated if one of them is. */
type Item = EncoderInput | readonly string[];

/** Number of items with more tokens than the encoder takes. Only those long enough are tokenised. */
export async function countTruncated(encoder: TextReader, items: readonly Item[], most = MOST_CHARACTERS): Promise<Truncated> {
  const { maxLength, tokenizer, prompt } = encoder;
  const tokensOf = (text: string): number => encodeText(encoder, text).total;
  // What surrounds any text: special tokens, a prompt, a mark before the first word.
  const around = tokensOf('a');
  const isLong = (text: string): boolean => mostTokens(text, maxLength) + around > maxLength;
  const long = items.filter((item) => {
    if (typeof item === 'string') return isLong(item);
    if (!isPair(item)) return item.some(isLong);
    return mostTokens(item.first, maxLength) + mostTokens(item.second, maxLength) + 2 * around > maxLength;
  });
  const characters = long.reduce(
    (sum, item) => sum + textsOf(item).reduce((all, { length }) => all + Math.min(length, BEGINNING * maxLength), 0),
    0,
  );
  const isTextCut = (text: string): boolean => {
    const begins = text.length > 2 * BEGINNING * maxLength && tokensOf(text.slice(0, BEGINNING * maxLength)) > maxLength + MARGIN;
    return begins || tokensOf(text) > maxLength;
  };
  const isCut = (item: Item): boolean => {
    if (typeof item === 'string') return isTextCut(item);
    if (!isPair(item)) return item.some(isTextCut);
    const { total } = tokenizer.encodePair((prompt?.text ?? '') + item.first, item.second, maxLength, prompt?.length);
    return total > maxLength;
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

function textsOf(item: Item): readonly string[] {
  if (typeof item === 'string') return [item];
  return isPair(item) ? [item.first, item.second] : item;
}

/**
 * Upper bound on a text's tokens: one per ASCII character, or per byte of what normalisation can make of others. Beyond the limit it need
 * not be exact.
 */
function mostTokens(text: string, limit: number): number {
  if (text.length > limit || isAscii(text)) return text.length;
  return UNIT_BYTES * text.normalize('NFKD').length;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}
