import { HarnessError } from '../../errors.ts';
import { shown, type JsonNode } from './json-node.ts';
import { specialTokens, type Role, type SpecialTokenDefaults, type SpecialTokens, type TokenSwitches } from './special-tokens.ts';
import type { TokenizerFiles } from './tokenizer-files.ts';

/** Content of vocabulary files, and how its family uses it. */
export interface Vocabulary {
  readonly model: JsonNode;
  /** A token's id; undefined if it is not in the vocabulary. */
  readonly id: (token: string) => number | undefined;
  /** Number of ids. */
  readonly size: number;
  readonly normalizer: JsonNode | null;
  readonly preTokenizer: JsonNode;
  /** Tokens that the vocabulary itself declares to be split off before the model. */
  readonly declared?: readonly TokenSwitches[];
}

/** A kind of tokenizer: its vocabulary files, and the special tokens around a text. */
export interface TokenizerFamily {
  /** Classes of transformers, without the suffix "Tokenizer". */
  readonly classes: readonly string[];
  /** `model_type` of config.json. */
  readonly modelTypes: readonly string[];
  /** Alternative sets of vocabulary files. */
  readonly files: readonly (readonly string[])[];
  readonly specials: SpecialTokenDefaults;
  /** The post-processor for pairs, if it differs from BERT's. */
  readonly pairs?: 'RobertaProcessing';
  /** Special tokens that are appended to the vocabulary if missing. */
  readonly appended?: readonly Role[] | undefined;
  readonly read: (paths: readonly string[], files: TokenizerFiles, unknown: string) => Promise<Vocabulary>;
}

/** Roles required for tokenising any text. */
const NEEDED = ['unk', 'cls', 'sep'] as const satisfies readonly Role[];

interface AddedTokenJson extends TokenSwitches {
  readonly id: number;
}

/**
 * A tokenizer.json from vocabulary files, as converted by transformers 4 (convert_slow_tokenizer.py), without the parts that do not affect
 * a single text's ids. Throws TOKENIZER if a file is unusable or a special token is missing.
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

/** The same with the family's pairs. Single texts are unchanged: their tokenizer's hash is that of a file without pairs. */
export function withPairs(built: JsonNode, { pairs }: TokenizerFamily): JsonNode {
  return pairs === undefined ? built : { ...built, post_processor: { ...(built['post_processor'] as JsonNode), type: pairs } };
}

interface NamedId {
  readonly content: string;
  readonly id: number;
}

/**
 * By content; later ones override earlier ones, except for where a token is matched, which is kept from the first. A token without any id
 * is dropped: it has no embedding.
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
