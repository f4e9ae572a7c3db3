import { isJsonNode, type JsonNode } from './json-node.ts';
import { stepsOf } from './steps.ts';

/**
 * What is put before a word of a sentence split into words, so that its tokens are those of a word in running text; '' if nothing is: the
 * tokenizer drops blanks (BERT), or puts their mark before every text itself (SentencePiece). Byte-level vocabularies contain words with
 * the blank before them, as RoBERTa expects split words (`add_prefix_space=True` in transformers), whatever their tokenizer.json defines
 * for texts; so do those whose normalizer replaces each blank by a mark and puts none before a text (Gemma, mmBERT), and would otherwise
 * join the words.
 *
 * transformers passes `add_prefix_space` to the ByteLevel step after Qwen's pattern: there each digit and symbol would get its own blank,
 * as in no text. Here the blank is put before the word, and the pattern sees both.
 */
export function blankMark(tokenizer: JsonNode): string {
  const preTokenizers = allSteps(tokenizer['pre_tokenizer'], 'pretokenizers');
  if (preTokenizers.some(({ type }) => type === 'ByteLevel')) return ' ';
  const normalizers = allSteps(tokenizer['normalizer'], 'normalizers');
  if (normalizers.some(({ type }) => type === 'Prepend') || preTokenizers.some(({ type }) => type === 'Metaspace')) return '';
  const marks = normalizers.find(({ type, pattern }) => type === 'Replace' && isJsonNode(pattern) && pattern['String'] === ' ');
  return typeof marks?.['content'] === 'string' ? marks['content'] : '';
}

/** The steps of a component, including those of nested sequences. */
function allSteps(node: unknown, list: string): JsonNode[] {
  return stepsOf(node, list).flatMap((step) => (step['type'] === 'Sequence' ? allSteps(step, list) : [step]));
}
