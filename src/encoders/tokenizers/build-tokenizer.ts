import { HarnessError } from '../../errors.ts';
import { shown, type JsonNode } from './json-node.ts';
import { specialTokens, type Role, type SpecialTokenDefaults, type SpecialTokens, type TokenSwitches } from './special-tokens.ts';
import type { TokenizerFiles } from './tokenizer-files.ts';

/** What a vocabulary's files hold, and how its family uses them. */
export interface Vocabulary {
  readonly model: JsonNode;
  /** A token's id; undefined where the vocabulary does not have it. */
  readonly id: (token: string) => number | undefined;
  /** Number of ids. */
  readonly size: number;
  readonly normalizer: JsonNode | null;
  readonly preTokenizer: JsonNode;
  /** Tokens that the vocabulary itself declares to be split off before the model sees a text. */
  readonly declared?: readonly TokenSwitches[];
}

/** A kind of tokenizer: its vocabulary's files, and the special tokens around a text. */
export interface TokenizerFamily {
  /** Classes of transformers, without "Tokenizer" at the end. */
  readonly classes: readonly string[];
  /** `model_type` of config.json. */
  readonly modelTypes: readonly string[];
  /** Files that make up the vocabulary: all of one of the lists. */
  readonly files: readonly (readonly string[])[];
  readonly specials: SpecialTokenDefaults;
  /** The post-processor that makes its pairs, where that is not BERT's. */
  readonly pairs?: 'RobertaProcessing';
  /** Special tokens that get an id behind the vocabulary where it does not have them. */
  readonly appended?: readonly Role[] | undefined;
  readonly read: (paths: readonly string[], files: TokenizerFiles, unknown: string) => Promise<Vocabulary>;
}

/** Roles without which no text can be tokenised. */
const NEEDED = ['unk', 'cls', 'sep'] as const satisfies readonly Role[];

interface AddedTokenJson extends TokenSwitches {
  readonly id: number;
}

/**
 * A tokenizer.json from a vocabulary's files, as transformers 4 converts its tokenizers (convert_slow_tokenizer.py), but for the
 * parts that tell nothing of a single text's ids. Throws TOKENIZER where a file cannot be used or a special token is missing.
 */
export async function buildTokenizer({
  family,
  paths,
  files,
}: {
  family: TokenizerFamily;
  paths: readonly string[];
  files: TokenizerFiles;
}): Promise<JsonNode> {
  const specials = specialTokens(files, family.specials);
  const vocabulary = await family.read(paths, files, specials.roles.get('unk')?.content ?? '');
  const added = addedTokens({ specials, vocabulary, appended: family.appended ?? [] });
  const tokens = NEEDED.map((role) => {
    const content = specials.roles.get(role)?.content ?? `${role}_token`;
    return { content, id: vocabulary.id(content) ?? added.get(content)?.id };
  });
  const [, cls, sep] = tokens as [NamedId, NamedId, NamedId];
  const missing = new Set(tokens.filter(({ id }) => id === undefined).map(({ content }) => shown(content)));
  if (missing.size > 0) {
    const what = `It has no ${[...missing].join(', no ')}, which tokenisation needs.`;
    throw new HarnessError('TOKENIZER', {
      where: paths[0],
      what,
      hint: 'Download it again, or name the special tokens in special_tokens_map.json.',
    });
  }
  return {
    version: '1.0',
    added_tokens: [...added.values()].toSorted((a, b) => a.id - b.id),
    normalizer: vocabulary.normalizer,
    pre_tokenizer: vocabulary.preTokenizer,
    post_processor: { type: 'BertProcessing', sep: [sep.content, sep.id], cls: [cls.content, cls.id] },
    model: vocabulary.model,
  };
}

/**
 * The same with the family's pairs. Single texts are what they were: their tokenizer's hash is that of a file without a word of pairs.
 */
export function withPairs(built: JsonNode, { pairs }: TokenizerFamily): JsonNode {
  return pairs === undefined ? built : { ...built, post_processor: { ...(built['post_processor'] as JsonNode), type: pairs } };
}

interface NamedId {
  readonly content: string;
  readonly id: number;
}

/**
 * By content; what comes later overrides, but for where a token is looked for, which stays as it was said first. A token that has no
 * id anywhere is left out: there is no embedding for it.
 */
function addedTokens({
  specials,
  vocabulary,
  appended,
}: {
  specials: SpecialTokens;
  vocabulary: Vocabulary;
  appended: readonly Role[];
}): Map<string, AddedTokenJson> {
  const added = new Map<string, AddedTokenJson>();
  const add = (token: TokenSwitches, id: number | undefined): void => {
    if (id !== undefined) added.set(token.content, { ...token, id, normalized: added.get(token.content)?.normalized ?? token.normalized });
  };
  for (const token of vocabulary.declared ?? []) add(token, vocabulary.id(token.content));
  for (const token of specials.all) add(token, vocabulary.id(token.content) ?? token.id ?? added.get(token.content)?.id);
  for (const role of appended) {
    const token = specials.roles.get(role);
    if (token !== undefined && !added.has(token.content))
      add(
        token,
        [...added.values()].reduce((next, { id }) => Math.max(next, id + 1), vocabulary.size),
      );
  }
  return added;
}
