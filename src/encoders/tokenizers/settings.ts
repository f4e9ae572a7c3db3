import path from 'node:path';
import { HarnessError } from '../../errors.ts';
import { isJsonNode, shown, type JsonNode } from './json-node.ts';
import { contentOf, type TokenizerFiles } from './tokenizer-files.ts';

/** A file's fields; of two files the later one takes precedence. */
interface Source {
  readonly kind: 'arguments' | 'map' | 'config';
  readonly file: string;
  readonly values: JsonNode;
}

/**
 * Settings for a tokenizer in the small files of its folder, validated field by field when they are read. A value of the wrong kind (a
 * string for a boolean) would be an error in Python: here it is a line that names file and field. All readers throw TOKENIZER.
 */
export class TokenizerSettings {
  readonly #folder: string;
  readonly #sources: readonly Source[];

  /** `sources`: in order of precedence. */
  constructor(folder: string, sources: readonly Source[]) {
    this.#folder = folder;
    this.#sources = sources;
  }

  /** The value, including null; undefined if no file has the field. */
  get(key: string): unknown {
    return this.#source(key)?.values[key];
  }

  /** Special tokens without a role: tokenizer_config.json's own list takes precedence over the other file's. */
  get furtherTokens(): unknown {
    const lists = this.#sources.flatMap(({ kind, values }) =>
      kind === 'map' ? [] : [values['extra_special_tokens'], values['additional_special_tokens']],
    );
    const list = lists.find((each) => each !== undefined && each !== null && !(Array.isArray(each) && each.length === 0));
    return list ?? this.get('extra_special_tokens') ?? this.get('additional_special_tokens');
  }

  /** Fields present in any of the files. */
  get keys(): string[] {
    return [...new Set(this.#sources.flatMap(({ values }) => Object.keys(values)))];
  }

  /** A boolean. `null` is invalid, as in Python, unless `nullable`. */
  flag(key: string, fallback: boolean, { nullable = false }: { nullable?: boolean } = {}): boolean {
    const value = this.get(key);
    if (value === undefined || (nullable && value === null)) return fallback;
    if (typeof value === 'boolean') return value;
    throw this.wrong(key, 'true or false');
  }

  /** An optional boolean. */
  openFlag(key: string): boolean | null {
    const value = this.get(key) ?? null;
    if (value === null || typeof value === 'boolean') return value;
    throw this.wrong(key, 'true, false or null');
  }

  /** One of several values; undefined if no file has it. */
  choice<T extends string>(key: string, choices: readonly T[]): T | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw this.wrong(key, choices.map((choice) => `"${choice}"`).join(' or '));
    return found;
  }

  /** A special token's text; null if a file declares that there is none, undefined if no file has it. */
  token(key: string): string | null | undefined {
    const value = this.get(key);
    if (value === undefined || value === null) return value;
    const content = contentOf(value);
    if (content === undefined) throw this.wrong(key, 'a token');
    return content;
  }

  /** Those of the flags that are true; undefined if none of these sources has any of them. */
  givenFlags(keys: readonly string[], kinds: readonly Source['kind'][]): readonly string[] | undefined {
    const given = keys.filter((key) => this.#sources.some(({ kind, values }) => kinds.includes(kind) && Object.hasOwn(values, key)));
    return given.length === 0 ? undefined : given.filter((key) => this.flag(key, false));
  }

  /** The error for an invalid field. */
  wrong(key: string, want: string): HarnessError {
    const where = path.join(this.#folder, this.#source(key)?.file ?? 'tokenizer_config.json');
    return new HarnessError('TOKENIZER', {
      where: `${where}: ${key}`,
      what: `Expected ${want}, got ${shown(this.get(key))}.`,
      hint: 'Correct the file, or download it again.',
    });
  }

  #source(key: string): Source | undefined {
    return this.#sources.find(({ values }) => Object.hasOwn(values, key));
  }
}

/** Keyword arguments of a tokenizer in the configuration of a sentence encoder: the newer field and the older. */
export const TOKENIZER_ARGUMENTS = ['processor_kwargs', 'tokenizer_args'] as const;

/**
 * Settings of a folder, in order of precedence: arguments of a sentence encoder, special_tokens_map.json (ignored if tokenizer_config.json
 * has `added_tokens_decoder`), tokenizer_config.json.
 */
export function tokenizerSettings({
  folder,
  tokenizerConfig,
  specialTokensMap,
  sentence,
  sentenceFile,
}: TokenizerFiles): TokenizerSettings {
  const given = TOKENIZER_ARGUMENTS.map((key) => sentence[key]).find(isJsonNode) ?? {};
  const legacy = tokenizerConfig['added_tokens_decoder'] === undefined;
  return new TokenizerSettings(folder, [
    { kind: 'arguments', file: sentenceFile, values: given },
    ...(legacy ? [{ kind: 'map', file: 'special_tokens_map.json', values: specialTokensMap } as const] : []),
    { kind: 'config', file: 'tokenizer_config.json', values: tokenizerConfig },
  ]);
}
