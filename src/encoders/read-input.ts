import { HarnessError } from '../errors.ts';
import { inputText, isPair, type EncoderInput, type TextPair } from './encoder-input.ts';
import { encodeText, skippedTokens, wordPositions, type TextReader } from './prompted-text.ts';
import { checkIds, type CheckedEncoder } from './token-rows.ts';
import type { PairedText, Tokens } from './tokenizer.ts';
import { wordStarts } from './words.ts';

/** What decides the tokens of an encoder's inputs. */
export interface InputReader extends TextReader, Pick<CheckedEncoder, 'name' | 'vocabulary'> {
  /** See `Encoder`. */
  readonly tokenTypes?: number | undefined;
}

/** The tokens that are run for an input. */
export interface InputTokens extends Tokens {
  /** Types of a pair's tokens, where the encoder tells them apart. */
  readonly types?: Int32Array | undefined;
  /** Positions of words' first sub-tokens, where they were asked for. */
  readonly words?: Int32Array | undefined;
}

/**
 * The tokens of a text, or of a pair, behind the encoder's prompt, which stands before the first text of a pair and nowhere else. Throws
 * TOKENIZER where the encoder lacks a token or a type that they have, and where its tokenizer makes no pairs.
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

/** Types as the graph is fed them; undefined where it tells none apart. Throws TOKENIZER for a type that its table lacks. */
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

/** A prompt that is not pooled is left out by its place, which is the same for all that an encoder reads. */
function otherPlace({ name }: InputReader): HarnessError {
  return new HarnessError('TOKENIZER', {
    where: name,
    what: 'Its tokenizer puts different tokens before a pair than before a single text, so the excluded prompt would be misplaced.',
    hint: 'Include the prompt in pooling, or encode the texts separately.',
  });
}

/** Words of both texts, the first one's first. The prompt's words are none of them. */
function wordsOfPair({ tokenizer, prompt }: InputReader, pair: TextPair, [first, second]: readonly [PairedText, PairedText]): Int32Array {
  const placed = (starts: Int32Array, { at, kept, lost }: PairedText, stay: number): number[] => {
    // Of a text that loses its first tokens, those behind the prompt, the words that begin behind them are left.
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
