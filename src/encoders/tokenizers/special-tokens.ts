import { asFlag, isId, isJsonNode, type JsonNode } from './json-node.ts';
import { contentOf, type TokenizerFiles } from './tokenizer-files.ts';

export const ROLES = ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'] as const;

/** Purpose of a special token. */
export type Role = (typeof ROLES)[number];

/** A token to be split off before the model, as in tokenizer.json, without its id. */
export interface TokenSwitches {
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  readonly special: boolean;
}

/** Defaults of a tokenizer class of transformers. */
export interface SpecialTokenDefaults {
  readonly tokens: Partial<Readonly<Record<Role, string>>>;
  /** Special tokens in addition to those with a role. */
  readonly additional?: readonly string[] | undefined;
  /** Roles whose token is matched in the normalised text. */
  readonly normalized?: readonly Role[] | undefined;
  /** The mask token includes the white space before it. */
  readonly maskStripsLeft: boolean;
}

/** With the id in its file, if any. */
export interface DeclaredToken extends TokenSwitches {
  readonly id?: number | undefined;
}

export interface SpecialTokens {
  readonly roles: ReadonlyMap<Role, TokenSwitches>;
  /** All tokens that the files add or declare as special. */
  readonly all: readonly DeclaredToken[];
}

const PLAIN = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };

/**
 * The special and added tokens of a folder, in transformers 4's order of precedence: `added_tokens_decoder` of tokenizer_config.json; if
 * missing, special_tokens_map.json and added_tokens.json; tokenizer_config.json; the defaults.
 */
export function specialTokens(
  { tokenizerConfig, specialTokensMap, addedTokens }: TokenizerFiles,
  defaults: SpecialTokenDefaults,
): SpecialTokens {
  const decoder = addedTokensDecoder(tokenizerConfig);
  const map = decoder === undefined ? specialTokensMap : {};
  const roles = new Map<Role, TokenSwitches>();
  const said = new Set<string>();
  for (const role of ROLES) {
    const [inMap, inConfig] = [map[`${role}_token`], tokenizerConfig[`${role}_token`]];
    const value = inMap ?? inConfig ?? defaults.tokens[role];
    const content = contentOf(value);
    if (content === undefined) continue;
    if (contentOf(inMap ?? inConfig) !== undefined) said.add(content);
    const usual = {
      ...PLAIN,
      content,
      lstrip: role === 'mask' && defaults.maskStripsLeft,
      normalized: defaults.normalized?.includes(role) ?? false,
    };
    const own = isJsonNode(value) ? switchesOf(value, { content, special: true, normalized: (inMap ?? undefined) === undefined }) : usual;
    roles.set(role, decoder?.find((token) => token.content === content) ?? own);
  }
  const additional = additionalTokens(
    map['additional_special_tokens'] ?? tokenizerConfig['additional_special_tokens'] ?? defaults.additional,
  );
  for (const { content } of additional) said.add(content);
  return { roles, all: [...(decoder ?? addedTokensOf(addedTokens, said)), ...roles.values(), ...additional] };
}

function switchesOf(
  token: JsonNode,
  { content, special, normalized }: { content: string; special: boolean; normalized: boolean },
): TokenSwitches {
  return {
    content,
    special,
    single_word: asFlag(token['single_word'], false),
    lstrip: asFlag(token['lstrip'], false),
    rstrip: asFlag(token['rstrip'], false),
    normalized: asFlag(token['normalized'], normalized),
  };
}

/** `added_tokens_decoder` of tokenizer_config.json: id to token with all its flags. */
function addedTokensDecoder(tokenizerConfig: JsonNode): DeclaredToken[] | undefined {
  const decoder = tokenizerConfig['added_tokens_decoder'];
  if (!isJsonNode(decoder)) return undefined;
  return Object.entries(decoder).flatMap(([id, token]) => {
    const content = contentOf(token);
    if (!isJsonNode(token) || content === undefined) return [];
    const special = asFlag(token['special'], false);
    return [{ ...switchesOf(token, { content, special, normalized: !special }), id: asKnownId(Number(id)) }];
  });
}

/** added_tokens.json: token to id. A token is special if another file declares it; default roles do not count. */
function addedTokensOf(addedTokens: JsonNode, special: ReadonlySet<string>): DeclaredToken[] {
  return Object.entries(addedTokens).map(([content, id]) => ({
    ...PLAIN,
    content,
    special: special.has(content),
    normalized: !special.has(content),
    id: asKnownId(id),
  }));
}

function asKnownId(id: unknown): number | undefined {
  return isId(id) ? id : undefined;
}

function additionalTokens(list: unknown): TokenSwitches[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((token: unknown) => {
    const content = contentOf(token);
    if (content === undefined) return [];
    return [isJsonNode(token) ? switchesOf(token, { content, special: true, normalized: false }) : { ...PLAIN, content }];
  });
}
