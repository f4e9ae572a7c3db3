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
 * Runs a tokenizer.json like the `tokenizers` library in Rust, with which encoders are trained: splits at added tokens, normalises, splits
 * at added tokens that are matched in normalised text, pre-tokenises into words, tokenises each. The library's JavaScript edition gives
 * other ids for some texts (character maps, ideographs beyond U+FFFF, Σ, white space, flags of added tokens), fails on long ones (Unigram)
 * and does not cache words; only its byte-pair encoding and translation of regular expressions are used.
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
   * `json`: a tokenizer.json. `splitSpecials`: special tokens spelled out in a text are not matched. Throws an Error with a sentence if
   * unsupported.
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
   * Ids of a word in a sentence split into words, as from `encode(…, is_pretokenized=True)`: the word is tokenised separately. If the
   * vocabulary contains words with their preceding blank, and texts have none at the start, a blank is added (`add_prefix_space=True`).
   */
  given(word: string): readonly number[] {
    return this.#given.get(word);
  }

  /**
   * Ids and token strings of a text, word by word, without special tokens around it. An unpaired surrogate counts as U+FFFD. `mark`: put
   * before everything that is not an added token, unless already there.
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

  /** What is put before each word of a sentence split into words (see `blankMark`). */
  get mark(): string {
    return this.#mark;
  }

  /** What surrounds a pair. Throws an Error with a sentence if the tokenizer.json does not define it, which single texts do not need. */
  get pairSurroundings(): PairSurroundings {
    return (this.#pair ??= pairSurroundingsOf(this.#postProcessor));
  }

  /** The added token with an id. */
  addedToken(id: number): string | undefined {
    return this.#added.find((token) => token.id === id)?.content;
  }

  /** Whether an id is that of a special added token. */
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
    // For a token that the model knows, the file's id is ignored.
    id: model.id(content) ?? asId(node['id'], `added_tokens[${i}].id`),
    content,
    singleWord: asFlag(node['single_word'], false),
    lstrip: asFlag(node['lstrip'], false),
    rstrip: asFlag(node['rstrip'], false),
    normalized: asFlag(node['normalized'], !special),
    special,
  };
}
