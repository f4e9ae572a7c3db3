import path from 'node:path';
import { HarnessError } from '../../errors.ts';
import { isJsonNode, shown, type JsonNode } from './json-node.ts';
import { contentOf, type TokenizerFiles } from './tokenizer-files.ts';

/** A file's words, the later of two files winning where both say one. */
interface Source {
  readonly kind: 'arguments' | 'map' | 'config';
  readonly file: string;
  readonly values: JsonNode;
}

/**
 * What the small files beside a tokenizer say of it, word by word, each checked as it is read. What Python takes for a word of
 * another kind (a string for a switch) would end with an error there: here it is a line that names file and word. All readers throw
 * TOKENIZER.
 */
export class TokenizerSettings {
  readonly #folder: string;
  readonly #sources: readonly Source[];

  /** `sources`: those that win first. */
  constructor(folder: string, sources: readonly Source[]) {
    this.#folder = folder;
    this.#sources = sources;
  }

  /** The value, null too; undefined where no file has the word. */
  get(key: string): unknown {
    return this.#source(key)?.values[key];
  }

  /** Special tokens without a role: tokenizer_config.json's own list comes before the other file's. */
  get furtherTokens(): unknown {
    const lists = this.#sources.flatMap(({ kind, values }) =>
      kind === 'map' ? [] : [values['extra_special_tokens'], values['additional_special_tokens']],
    );
    const list = lists.find((each) => each !== undefined && each !== null && !(Array.isArray(each) && each.length === 0));
    return list ?? this.get('extra_special_tokens') ?? this.get('additional_special_tokens');
  }

  /** Words that any of the files has. */
  get keys(): string[] {
    return [...new Set(this.#sources.flatMap(({ values }) => Object.keys(values)))];
  }

  /** A switch. `null` is no switch, as Python has it, unless `nullable`. */
  flag(key: string, fallback: boolean, { nullable = false }: { nullable?: boolean } = {}): boolean {
    const value = this.get(key);
    if (value === undefined || (nullable && value === null)) return fallback;
    if (typeof value === 'boolean') return value;
    throw this.wrong(key, 'true or false');
  }

  /** A switch that may be left open. */
  openFlag(key: string): boolean | null {
    const value = this.get(key) ?? null;
    if (value === null || typeof value === 'boolean') return value;
    throw this.wrong(key, 'true, false or null');
  }

  /** One of the words; undefined where no file says it. */
  choice<T extends string>(key: string, choices: readonly T[]): T | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw this.wrong(key, choices.map((choice) => `"${choice}"`).join(' or '));
    return found;
  }

  /** A special token's text; null where a file says that there is none, undefined where none says anything. */
  token(key: string): string | null | undefined {
    const value = this.get(key);
    if (value === undefined || value === null) return value;
    const content = contentOf(value);
    if (content === undefined) throw this.wrong(key, 'a token');
    return content;
  }

  /** Those of the switches that are on; undefined where none of these sources has any of them. */
  givenFlags(keys: readonly string[], kinds: readonly Source['kind'][]): readonly string[] | undefined {
    const given = keys.filter((key) => this.#sources.some(({ kind, values }) => kinds.includes(kind) && Object.hasOwn(values, key)));
    return given.length === 0 ? undefined : given.filter((key) => this.flag(key, false));
  }

  /** The complaint about a word that is not what it should be. */
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

/** Keyword arguments of a tokenizer in the configuration of a sentence encoder: the newer word and the older. */
export const TOKENIZER_ARGUMENTS = ['processor_kwargs', 'tokenizer_args'] as const;

/**
 * What a folder says: arguments of a sentence encoder, over special_tokens_map.json (which counts only where tokenizer_config.json has no
 * `added_tokens_decoder`), over tokenizer_config.json.
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
