import { AddedTokenSplitter, type AddedToken } from './added-tokens.ts';
import { blankMark } from './blank-mark.ts';
import { modelOf, type Model } from './models.ts';
import { normalizerOf, type Normalize } from './normalizers.ts';
import { asFlag, asId, asJsonNodes, asJsonNode, asString, isJsonNode, must, type JsonNode } from './json-node.ts';
import type { Pieces } from './pieces.ts';
import { pairSurroundingsOf, surroundingsOf, type PairSurroundings, type Surroundings } from './post-processor.ts';
import { preTokenizerOf, type PreTokenizer } from './pre-tokenizers.ts';
import { WordCache } from './word-cache.ts';

const LONE_SURROGATE = /\p{Cs}/gu;

/**
 * A tokenizer.json at work, as the `tokenizers` library in Rust does it, with which encoders are trained: split at added tokens,
 * normalise, split at those added tokens that are looked for in normalised text, cut into words, make tokens of each. The library's
 * JavaScript edition gives other ids for some texts (character maps, ideographs beyond U+FFFF, Σ, white space, added tokens' switches),
 * fails on long ones (Unigram) and forgets the words it has seen; of it byte-pair encoding and the translation of regular expressions
 * are used.
 */
export class Pipeline {
  readonly surroundings: Surroundings;
  readonly #postProcessor: JsonNode | null;
  #pair: PairSurroundings | undefined;
  readonly #model: Model;
  readonly #normalize: Normalize;
  readonly #preTokenizer: PreTokenizer;
  readonly #added: readonly AddedToken[];
  readonly #splitRaw: AddedTokenSplitter;
  readonly #splitNormalized: AddedTokenSplitter;
  readonly #words: WordCache<Pieces>;
  readonly #mark: string;
  readonly #given: WordCache<readonly number[]>;

  /**
   * `json`: a tokenizer.json. `splitSpecials`: special tokens that a text spells out are not looked for. Throws an Error with a sentence
   * where it is none that can be used.
   */
  constructor(json: unknown, { splitSpecials = false }: { splitSpecials?: boolean } = {}) {
    const root = asJsonNode(json, 'it');
    this.#model = modelOf(asJsonNode(root['model'], 'model'));
    this.#normalize = normalizerOf(optionalComponent(root, 'normalizer'));
    this.#preTokenizer = preTokenizerOf(optionalComponent(root, 'pre_tokenizer'));
    this.#postProcessor = optionalComponent(root, 'post_processor');
    this.surroundings = surroundingsOf(this.#postProcessor);
    this.#added = asJsonNodes(root['added_tokens'] ?? [], 'added_tokens').map((token, i) => addedToken(token, i, this.#model));
    const sought = splitSpecials ? this.#added.filter(({ special }) => !special) : this.#added;
    this.#splitRaw = new AddedTokenSplitter(sought.filter(({ normalized }) => !normalized).map((token) => [token.content, token]));
    this.#splitNormalized = new AddedTokenSplitter(
      sought.filter(({ normalized }) => normalized).map((token) => [this.#normalize(token.content), token]),
    );
    this.#words = new WordCache((word) => this.#model.pieces(this.#preTokenizer.spell(word)));
    this.#mark = blankMark(root);
    this.#given = new WordCache((word) => this.words(word, this.#mark).flatMap(({ ids }) => ids));
  }

  /**
   * Ids of a word of a sentence that came split into words, as `encode(…, is_pretokenized=True)` gives them: the word is a text of its own.
   * Where a vocabulary has words of running text with their blank, and a text has none before it, it gets one (`add_prefix_space=True`).
   */
  given(word: string): readonly number[] {
    return this.#given.get(word);
  }

  /**
   * Ids and token strings of a text, word by word, without special tokens around it. An unpaired surrogate counts as U+FFFD. `mark`: what
   * is set before all that is not an added token, where it does not stand there.
   */
  words(text: string, mark = ''): Pieces[] {
    const words: Pieces[] = [];
    for (const [i, span] of this.#splitRaw.split(text.replace(LONE_SURROGATE, '\uFFFD')).entries()) {
      if (typeof span !== 'string') {
        words.push(asPieces(span));
        continue;
      }
      for (const [j, section] of this.#splitNormalized.split(this.#normalize(span)).entries()) {
        if (typeof section !== 'string') {
          words.push(asPieces(section));
          continue;
        }
        const marked = section.startsWith(mark) ? section : mark + section;
        for (const word of this.#preTokenizer.words(marked, i === 0 && j === 0)) words.push(this.#words.get(word));
      }
    }
    return words;
  }

  /** What is set before each word of a sentence that came split into words (see `blankMark`). */
  get mark(): string {
    return this.#mark;
  }

  /** What stands around a pair. Throws an Error with a sentence where the tokenizer.json does not say it: no single text needs it. */
  get pairSurroundings(): PairSurroundings {
    return (this.#pair ??= pairSurroundingsOf(this.#postProcessor));
  }

  /** The added token of an id. */
  addedToken(id: number): string | undefined {
    return this.#added.find((token) => token.id === id)?.content;
  }

  /** Whether an id is that of an added token which is none of a text's own. */
  isSpecial(id: number): boolean {
    return this.#added.some((token) => token.special && token.id === id);
  }

  /** The id of a token, added or the model's own. */
  id(token: string): number | undefined {
    return this.#added.find(({ content }) => content === token)?.id ?? this.#model.id(token);
  }
}

function asPieces({ id, content }: AddedToken): Pieces {
  return { ids: [id], tokens: [content] };
}

function optionalComponent(root: JsonNode, name: string): JsonNode | null {
  const node = root[name] ?? null;
  must(node === null || isJsonNode(node), `${name} is not an object`);
  return node;
}

function addedToken(node: JsonNode, i: number, model: Model): AddedToken {
  const special = asFlag(node['special'], false);
  const content = asString(node['content'], `added_tokens[${i}].content`);
  return {
    // Of a token that the model knows, the file's id does not count.
    id: model.id(content) ?? asId(node['id'], `added_tokens[${i}].id`),
    content,
    singleWord: asFlag(node['single_word'], false),
    lstrip: asFlag(node['lstrip'], false),
    rstrip: asFlag(node['rstrip'], false),
    normalized: asFlag(node['normalized'], !special),
    special,
  };
}
