/** Two texts encoded as one input: `[CLS] first [SEP] second [SEP]`, or as defined by the tokenizer. Either may be empty. */
export interface TextPair {
  readonly first: string;
  readonly second: string;
}

/** What becomes one vector: a text, or a joint pair. */
export type EncoderInput = string | TextPair;

export function isPair(input: EncoderInput | readonly string[]): input is TextPair {
  return typeof input !== 'string' && !Array.isArray(input);
}

/** An input in a message. */
export function inputText(input: EncoderInput): string {
  return isPair(input) ? `${input.first} | ${input.second}` : input;
}
