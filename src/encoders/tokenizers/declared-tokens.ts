import type { ClassBackend } from './class-backends.ts';
import { asFlag, isId, isJsonNode, type JsonNode } from './json-node.ts';
import type { TokenizerSettings } from './settings.ts';
import { ROLES, type Role, type TokenSwitches } from './special-tokens.ts';
import { contentOf, type TokenizerFiles } from './tokenizer-files.ts';

/** A token of a tokenizer.json's `added_tokens`. */
export interface AddedTokenPart extends TokenSwitches {
  readonly id: number;
}

interface DeclaredParams {
  readonly files: TokenizerFiles;
  readonly settings: TokenizerSettings;
  readonly json: JsonNode;
  /** undefined: tokenizer.json unchanged, to which tokens may be added. */
  readonly backend: ClassBackend | undefined;
  /** A token's id in the model's vocabulary. */
  readonly id: (token: string) => number | undefined;
  /** Number of tokens in the model's vocabulary. */
  readonly size: number;
}

/** The text of each role's token: from the files, else the class's default. A role set to null has none. */
export function roleTokens(settings: TokenizerSettings, backend: ClassBackend | undefined): Map<Role, string> {
  const tokens = new Map<Role, string>();
  for (const role of ROLES) {
    const said = settings.token(`${role}_token`);
    const content = said === undefined ? backend?.tokens[role] : said;
    if (content !== undefined && content !== null) tokens.set(role, content);
  }
  return tokens;
}

/**
 * `added_tokens` of a folder as collected by transformers 5. First those of `added_tokens_decoder` of tokenizer_config.json or, if missing,
 * of added_tokens.json and tokenizer.json; then the special tokens by role and other special ones. For duplicate texts the last one's flags
 * apply. A token's id is that of the vocabulary, else the next one after it: ids in the files are ignored. A token that only the class
 * defines and that has no id is dropped: it has no embedding.
 */
export function declaredTokens({ files, settings, json, backend, id, size }: DeclaredParams): AddedTokenPart[] {
  const added = new Map<string, AddedTokenPart>();
  let top = -1;
  const add = (token: TokenSwitches, own?: number): void => {
    if (token.content === '') return;
    const at = added.get(token.content)?.id ?? id(token.content) ?? own ?? (top >= size ? top + 1 : size);
    top = Math.max(top, at);
    added.set(token.content, { ...token, id: at });
  };
  const ownTokens = Array.isArray(json['added_tokens']) ? json['added_tokens'].filter(isJsonNode) : [];
  // A file used unchanged keeps its ids.
  if (backend === undefined) for (const token of ownTokens) add(switchesOf(token), isId(token['id']) ? token['id'] : undefined);
  const listed = listedTokens(files, settings, ownTokens);
  for (const token of listed) add(token);

  const roles = roleTokens(settings, backend);
  const said = (key: string): boolean => typeof (settings.token(key) ?? undefined) === 'string';
  for (const [role, content] of roles) {
    if (added.has(content) || (!said(`${role}_token`) && id(content) === undefined)) continue;
    const value = settings.get(`${role}_token`);
    const lstrip = role === 'mask' && (backend?.maskStripsLeft ?? false);
    add(
      isJsonNode(value)
        ? switchesOf({ ...value, special: true })
        : { ...PLAIN, content, lstrip, normalized: backend?.normalizedTokens ?? false },
    );
  }
  for (const { token, certain } of furtherTokens(settings, backend)) {
    if (!added.has(token.content) && (certain || id(token.content) !== undefined)) add(token);
  }
  if (backend?.plainTokens === true) for (const content of roles.values()) if (added.has(content)) add({ ...PLAIN, content });
  return [...added.values()].toSorted((a, b) => a.id - b.id);
}

const PLAIN = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };

function switchesOf(token: JsonNode): TokenSwitches {
  const special = asFlag(token['special'], false);
  return {
    content: contentOf(token) ?? '',
    special,
    single_word: asFlag(token['single_word'], false),
    lstrip: asFlag(token['lstrip'], false),
    rstrip: asFlag(token['rstrip'], false),
    normalized: asFlag(token['normalized'], !special),
  };
}

/** Tokens with explicit ids in the files, ordered by these. */
function listedTokens({ addedTokens }: TokenizerFiles, settings: TokenizerSettings, own: readonly JsonNode[]): TokenSwitches[] {
  const decoder = settings.get('added_tokens_decoder');
  if (decoder !== undefined) {
    if (
      !isJsonNode(decoder) ||
      !Object.entries(decoder).every(([id, token]) => /^\d+$/.test(id) && isJsonNode(token) && contentOf(token) !== undefined)
    ) {
      throw settings.wrong('added_tokens_decoder', 'an object of ids with their tokens');
    }
    return Object.entries(decoder)
      .toSorted(([a], [b]) => Number(a) - Number(b))
      .map(([, token]) => switchesOf(token as JsonNode));
  }
  const special = new Set([
    ...ROLES.map((role) => settings.token(`${role}_token`)),
    ...furtherTokens(settings, undefined).map(({ token }) => token.content),
  ]);
  const byId = new Map<number, TokenSwitches>();
  for (const [content, id] of Object.entries(addedTokens)) {
    byId.set(Number(id), { ...PLAIN, content, special: special.has(content), normalized: !special.has(content) });
  }
  for (const token of own) byId.set(Number(token['id']), switchesOf(token));
  return [...byId].toSorted(([a], [b]) => a - b).map(([, token]) => token);
}

/** Special tokens without one of the usual roles; `certain` if a file names them. */
function furtherTokens(settings: TokenizerSettings, backend: ClassBackend | undefined): { token: TokenSwitches; certain: boolean }[] {
  const usual = new Set<string>(ROLES.map((role) => `${role}_token`));
  const named = settings.keys
    .filter((key) => key.endsWith('_token') && !usual.has(key))
    .map((key) => settings.get(key))
    .filter((value) => typeof value === 'string');
  const list = settings.furtherTokens;
  const values: unknown[] = Array.isArray(list) ? list : isJsonNode(list) ? Object.values(list) : [];
  const said = [...named, ...values].flatMap((value) => {
    const content = contentOf(value);
    if (content === undefined) return [];
    return [{ token: isJsonNode(value) ? switchesOf({ ...value, special: true }) : { ...PLAIN, content }, certain: true }];
  });
  const assumed = list === undefined || list === null ? (backend?.additional ?? []) : [];
  return [...said, ...assumed.map((content) => ({ token: { ...PLAIN, content }, certain: false }))];
}
