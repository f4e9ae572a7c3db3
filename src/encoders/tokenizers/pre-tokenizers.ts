import { spellBytes } from './byte-level.ts';
import { asFlag, asJsonNodes, asString, must, shown, type JsonNode } from './json-node.ts';
import { asPattern } from './pattern.ts';
import { asBehavior, split } from './split.ts';
import { PUNCTUATION, WORD } from './unicode-classes.ts';
import { own } from '../../own.ts';

/** Splits a text into the words that the model tokenises one by one. */
export interface PreTokenizer {
  /** `first`: the text is at the very beginning of the input. */
  words(text: string, first: boolean): readonly string[];
  /** How the vocabulary spells a word. Separate from `words`, so that it is cached for frequent words. */
  spell(word: string): string;
}

/** The `pre_tokenizer` of a tokenizer.json. Throws an Error with a sentence if unsupported. */
export function preTokenizerOf(node: JsonNode | null): PreTokenizer {
  if (node === null) return plain((text) => [text]);
  const make = typeof node['type'] === 'string' ? own(PRE_TOKENIZERS, node['type']) : undefined;
  if (make === undefined) throw new Error(`pre_tokenizer ${shown(node['type'])} is not supported`);
  return make(node);
}

/** Words as found by the pre-tokenizer `Whitespace`: runs of letters, digits and underscores, and runs of other visible characters. */
export const WHITESPACE_WORDS = new RegExp(`[${WORD}]+|[^${WORD}\\p{White_Space}]+`, 'gu');

const BERT_WORDS = new RegExp(`[^\\p{White_Space}${PUNCTUATION}]+|[${PUNCTUATION}]`, 'gu');
const PUNCTUATION_MARK = new RegExp(`[${PUNCTUATION}]`, 'gu');
const NUMBER = /\p{N}/gu;
const VISIBLE = /\P{White_Space}+/gu;
/** GPT-2's, where \s is Unicode white space. */
const BYTE_LEVEL_WORDS =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

const PRE_TOKENIZERS: Readonly<Record<string, (node: JsonNode) => PreTokenizer>> = {
  BertPreTokenizer: () => plain((text) => text.match(BERT_WORDS) ?? []),
  ByteLevel: (node) => {
    const prefix = asFlag(node['add_prefix_space'], false);
    const words = asFlag(node['use_regex'], true) ? (text: string) => text.match(BYTE_LEVEL_WORDS) ?? [] : (text: string) => [text];
    return { words: (text) => words(prefix && !text.startsWith(' ') ? ` ${text}` : text), spell: spellBytes };
  },
  CharDelimiterSplit: (node) => {
    const delimiter = asString(node['delimiter'], 'delimiter');
    return plain((text) => text.split(delimiter).filter((word) => word !== ''));
  },
  Digits: (node) => {
    const behavior = asFlag(node['individual_digits'], false) ? 'Isolated' : 'Contiguous';
    return plain((text) => split(text, { pattern: NUMBER, behavior }));
  },
  Metaspace: metaspace,
  Punctuation: (node) => {
    const behavior = asBehavior(node['behavior'], 'Isolated');
    return plain((text) => split(text, { pattern: PUNCTUATION_MARK, behavior }));
  },
  Sequence: (node) => sequence(asJsonNodes(node['pretokenizers'], 'pretokenizers').map(preTokenizerOf)),
  Split: (node) => {
    const pattern = asPattern(node['pattern']);
    const behavior = asBehavior(node['behavior'], 'Isolated');
    const invert = asFlag(node['invert'], false);
    return plain((text) => split(text, { pattern, behavior, invert }));
  },
  Whitespace: () => plain((text) => text.match(WHITESPACE_WORDS) ?? []),
  WhitespaceSplit: () => plain((text) => text.match(VISIBLE) ?? []),
};

function plain(words: (text: string) => readonly string[]): PreTokenizer {
  return { words, spell: (word) => word };
}

/** SentencePiece's: blanks become ▁, one is put before the text, and each begins a word. */
function metaspace(node: JsonNode): PreTokenizer {
  const mark = asString(node['replacement'] ?? '▁', 'replacement');
  must([...mark].length === 1, `replacement ${shown(mark)} is not a single character`);
  // add_prefix_space in older files, prepend_scheme in newer ones.
  const scheme = node['prepend_scheme'] ?? (asFlag(node['add_prefix_space'], true) ? 'always' : 'never');
  must(
    scheme === 'always' || scheme === 'first' || scheme === 'never',
    `prepend_scheme ${shown(scheme)} is not one of always, first, never`,
  );
  const splits = asFlag(node['split'], true);
  const character = `\\u{${mark.codePointAt(0)!.toString(16)}}`;
  const word = new RegExp(`${character}[^${character}]*|[^${character}]+`, 'gu');
  return {
    words: (text, first) => {
      const marked = text.replaceAll(' ', mark);
      const prepends = !marked.startsWith(mark) && (scheme === 'always' || (scheme === 'first' && first));
      const whole = prepends ? mark + marked : marked;
      return splits ? (whole.match(word) ?? []) : [whole];
    },
    spell: (spelled) => spelled,
  };
}

/** One after the other; each gets the previous one's words as spelled by it. */
function sequence(steps: readonly PreTokenizer[]): PreTokenizer {
  const last = steps.at(-1);
  if (last === undefined) return plain((text) => [text]);
  const before = steps.slice(0, -1);
  return {
    words: (text, first) => {
      let words: readonly string[] = [text];
      const isFirst = (word: string, i: number) => first && i === 0 && text.startsWith(word);
      for (const step of before) words = words.flatMap((word, i) => step.words(word, isFirst(word, i)).map(step.spell));
      return words.flatMap((word, i) => last.words(word, isFirst(word, i)));
    },
    spell: last.spell,
  };
}
