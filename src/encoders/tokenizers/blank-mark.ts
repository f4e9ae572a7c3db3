import { isJsonNode, type JsonNode } from './json-node.ts';
import { stepsOf } from './steps.ts';

/**
 * What is set before a word that was given as such, so that its tokens are those of a word in running text; '' where nothing is: the
 * tokenizer drops blanks (BERT), or sets their mark before every text itself (SentencePiece). Byte-level vocabularies have words with the
 * blank before them, as RoBERTa is to be given split words (`add_prefix_space=True` in transformers), whatever their tokenizer.json says of
 * texts; so have those whose normalizer puts a mark in place of each blank and none before a text (Gemma, mmBERT), and would see words
 * glued together.
 *
 * transformers hands `add_prefix_space` to the ByteLevel step behind Qwen's pattern: there each digit and sign would get a blank of its
 * own, as no text has them. Here the blank stands before the word, and the pattern sees both.
 */
export function blankMark(tokenizer: JsonNode): string {
  const preTokenizers = allSteps(tokenizer['pre_tokenizer'], 'pretokenizers');
  if (preTokenizers.some(({ type }) => type === 'ByteLevel')) return ' ';
  const normalizers = allSteps(tokenizer['normalizer'], 'normalizers');
  if (normalizers.some(({ type }) => type === 'Prepend') || preTokenizers.some(({ type }) => type === 'Metaspace')) return '';
  const marks = normalizers.find(({ type, pattern }) => type === 'Replace' && isJsonNode(pattern) && pattern['String'] === ' ');
  return typeof marks?.['content'] === 'string' ? marks['content'] : '';
}

/** The steps of a component, those of sequences in it too. */
function allSteps(node: unknown, list: string): JsonNode[] {
  return stepsOf(node, list).flatMap((step) => (step['type'] === 'Sequence' ? allSteps(step, list) : [step]));
}
