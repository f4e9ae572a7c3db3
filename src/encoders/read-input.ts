import { HarnessError } from '../errors.ts';
import { inputText, isPair, type EncoderInput, type TextPair } from './encoder-input.ts';
import { encodeText, skippedTokens, wordPositions, type TextReader } from './prompted-text.ts';
import { checkIds, type CheckedEncoder } from './token-rows.ts';
import type { PairedText, Tokens } from './tokenizer.ts';
import { wordStarts } from './words.ts';

/** What determines the tokens of an encoder's inputs. */
export interface InputReader extends TextReader, Pick<CheckedEncoder, 'name' | 'vocabulary'> {
  /** See `Encoder`. */
  readonly tokenTypes?: number | undefined;
}

/** The tokens that are encoded for an input. */
export interface InputTokens extends Tokens {
  /** Token types of a pair, if the encoder uses them. */
  readonly types?: Int32Array | undefined;
  /** Positions of words' first sub-tokens, if requested. */
  readonly words?: Int32Array | undefined;
}

/**
 * The tokens of a text, or of a pair, with the encoder's prompt, which is only put before the first text of a pair. Throws TOKENIZER if the
 * encoder lacks one of their tokens or types, and if its tokenizer does not support pairs.
 */
export function readInput(encoder: InputReader, input: EncoderInput, words = false): InputTokens {
  if (isPair(input)) return readPair(encoder, input, words);
  const tokens = encodeText(encoder, input);
  checkIds(encoder, tokens.ids, input);
  return words ? { ...tokens, words: wordPositions(input, encoder, tokens) } : tokens;
}

function readPair(encoder: InputReader, pair: TextPair, words: boolean): InputTokens {
  const { tokenizer, maxLength, prompt } = encoder;
  const { ids, total, types, texts } = tokenizer.encodePair((prompt?.text ?? '') + pair.first, pair.second, maxLength, prompt?.length);
  const [first, second] = texts;
  if (skippedTokens(encoder) > 0 && first.at !== tokenizer.leading) throw otherPlace(encoder);
  checkIds(encoder, ids, inputText(pair));
  return { ids, total, types: typesRead(encoder, types), ...(words && { words: wordsOfPair(encoder, pair, [first, second]) }) };
}

/** Token types as the graph takes them; undefined if it does not use them. Throws TOKENIZER for a type that its table lacks. */
function typesRead({ name, tokenTypes = Infinity }: InputReader, types: Int32Array): Int32Array | undefined {
  if (tokenTypes < 2) return undefined;
  const type = types.find((each) => each >= tokenTypes);
  if (type === undefined) return types;
  throw new HarnessError('TOKENIZER', {
    where: name,
    what: `Its tokenizer gives pair tokens type ${type}, but its token-type table has ${tokenTypes} rows (types 0 to ${tokenTypes - 1}).`,
    hint: 'Use the tokenizer that belongs to the weights.',
  });
}

/** A prompt that is not pooled is excluded by its position, which must be the same for all inputs of an encoder. */
function otherPlace({ name }: InputReader): HarnessError {
  return new HarnessError('TOKENIZER', {
    where: name,
    what: 'Its tokenizer puts different tokens before a pair than before a single text, so the excluded prompt would be misplaced.',
    hint: 'Include the prompt in pooling, or encode the texts separately.',
  });
}

/** Words of both texts, the first one's first. The prompt's words are not included. */
function wordsOfPair({ tokenizer, prompt }: InputReader, pair: TextPair, [first, second]: readonly [PairedText, PairedText]): Int32Array {
  const placed = (starts: Int32Array, { at, kept, lost }: PairedText, stay: number): number[] => {
    // If the first text is truncated on the left, after the prompt, the words that begin after the removed tokens remain.
    const skipped = tokenizer.truncation === 'left' ? lost : 0;
    return [...starts]
      .filter((start) => start < stay || start >= stay + skipped)
      .map((start) => (start < stay ? start : start - skipped))
      .filter((start) => start < kept)
      .map((start) => at + start);
  };
  const starts = wordStarts(pair.first, tokenizer, { before: prompt?.text });
  return Int32Array.from([...placed(starts, first, prompt?.length ?? 0), ...placed(wordStarts(pair.second, tokenizer), second, 0)]);
}
