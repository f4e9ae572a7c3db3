import path from 'node:path';
import { HarnessError } from '../../errors.ts';
import type { FolderTokenizer } from '../tokenizer.ts';
import { canonical, modelType } from './canonical.ts';
import { CLASS_BACKENDS, type ClassBackend } from './class-backends.ts';
import { declaredTokens, roleTokens, type AddedTokenPart } from './declared-tokens.ts';
import { asJsonNode, isJsonNode, shown, type JsonNode } from './json-node.ts';
import { hasTokenTypes } from './post-processor.ts';
import { tokenizerSettings, type TokenizerSettings } from './settings.ts';
import type { Role } from './special-tokens.ts';
import { lowerCased } from './steps.ts';
import { template } from './template.ts';
import { tokenizerClass } from './tokenizer-classes.ts';
import type { TokenizerFiles } from './tokenizer-files.ts';

/**
 * A tokenizer.json with the settings of other files: the fields of tokenizer_config.json (which take precedence over the file's own),
 * defaults of the tokenizer's class, added and special tokens, lower-casing requested by a sentence encoder. As in transformers 5.24 and
 * sentence-transformers 6.2. Throws TOKENIZER for invalid fields, and an Error with a sentence for an unsupported tokenizer.json. `built`:
 * the tokenizer.json was made from vocabulary files.
 */
export function asClass(json: JsonNode, files: TokenizerFiles, { built = false }: { built?: boolean } = {}): FolderTokenizer {
  const settings = tokenizerSettings(files);
  refuseOthers(settings);
  const name = tokenizerClass(files, json);
  const model = asJsonNode(json['model'], 'model');
  const backend = name !== undefined && CLASS_BACKENDS[name].model === modelType(model) ? CLASS_BACKENDS[name] : undefined;
  const vocabulary = vocabularyOf(model);
  const added = declaredTokens({ files, settings, json, backend, ...vocabulary });
  const whole =
    backend === undefined
      ? bertWords({ ...json, added_tokens: added }, { files, settings, named: name !== undefined })
      : rebuilt(json, { settings, backend, added, ...vocabulary });
  return withTexts(withArguments(whole, { settings, backend, added, built, ...vocabulary }), { files, settings, from: json });
}

/** Settings about texts in the files, for any tokenizer class. `from`: the original tokenizer.json. */
function withTexts(
  json: JsonNode,
  { files, settings, from }: { files: TokenizerFiles; settings: TokenizerSettings; from: JsonNode },
): FolderTokenizer {
  const said = files.sentence['do_lower_case'] ?? false;
  if (typeof said !== 'boolean') {
    const where = `${path.join(files.folder, files.sentenceFile)}: do_lower_case`;
    throw new HarnessError('TOKENIZER', {
      where,
      what: `Expected true or false, got ${shown(said)}.`,
      hint: 'Correct the file, or download it again.',
    });
  }
  const lower = said ? lowerCased(json) : json;
  settings.choice('padding_side', ['left', 'right']); // texts are never padded: the side is irrelevant, but an invalid value is reported
  const baked = isJsonNode(from['truncation']) && from['truncation']['direction'] === 'Left' ? 'left' : 'right';
  const truncation = settings.choice('truncation_side', ['left', 'right']) ?? baked;
  const splitSpecials = settings.flag('split_special_tokens', false);
  refuseTokenTypes(lower, { folder: files.folder, settings });
  const now = canonical(lower);
  const changes = [
    ...(now === canonical(from) ? [] : [now]),
    ...(truncation === 'left' ? ['truncated on the left'] : []),
    ...(splitSpecials ? ['special tokens are split'] : []),
  ];
  return { json: lower, changes: changes.join('\n'), truncation, splitSpecials };
}

/** Token types other than 0 require two files: one defines the types, the other makes the encoder take them. */
function refuseTokenTypes(json: JsonNode, { folder, settings }: { folder: string; settings: TokenizerSettings }): void {
  const inputs = settings.get('model_input_names');
  if (!Array.isArray(inputs) || !inputs.includes('token_type_ids') || !hasTokenTypes(json['post_processor'])) return;
  throw new HarnessError('TOKENIZER', {
    where: `${path.join(folder, 'tokenizer.json')}: post_processor`,
    what:
      'It gives tokens a type other than 0, and model_input_names feeds those to the encoder (token_type_ids), which ' +
      'is not supported.',
    hint: 'Set its types to 0 to use the encoder without.',
  });
}

/** Fields that refer to other files or other code than what is read here. */
function refuseOthers(settings: TokenizerSettings): void {
  const versions = settings.get('fast_tokenizer_files');
  if (Array.isArray(versions) && versions.some((file) => file !== 'tokenizer.json')) {
    throw settings.wrong('fast_tokenizer_files', 'nothing but tokenizer.json');
  }
  const inputs = settings.get('init_inputs') ?? [];
  if (!Array.isArray(inputs) || inputs.length > 0) throw settings.wrong('init_inputs', 'an empty list');
}

interface Vocabulary {
  readonly id: (token: string) => number | undefined;
  readonly size: number;
}

function vocabularyOf({ vocab }: JsonNode): Vocabulary {
  if (Array.isArray(vocab)) {
    const ids = new Map(vocab.map((entry: unknown, id) => [Array.isArray(entry) ? (entry[0] as unknown) : entry, id]));
    return { id: (token) => ids.get(token), size: vocab.length };
  }
  if (!isJsonNode(vocab)) return { id: () => undefined, size: 0 };
  const ids = new Map(Object.entries(vocab));
  return { id: (token) => (typeof ids.get(token) === 'number' ? (ids.get(token) as number) : undefined), size: ids.size };
}

interface RebuildParams extends Vocabulary {
  readonly settings: TokenizerSettings;
  readonly backend: ClassBackend;
  readonly added: readonly AddedTokenPart[];
}

function rebuilt(json: JsonNode, { settings, backend, added, id }: RebuildParams): JsonNode {
  const roles = roleTokens(settings, backend);
  const { model, normalizer, preTokenizer } = backend.parts({ settings, json, unknown: roles.get('unk') ?? '', id });
  const own = isJsonNode(json['post_processor']) ? json['post_processor'] : null;
  const wanted = backend.around ?? (own === null ? backend.elseAround : undefined);
  return {
    ...json,
    added_tokens: added,
    normalizer: normalizer ?? null,
    pre_tokenizer: preTokenizer ?? null,
    post_processor: wanted === undefined ? own : template(wanted, { roles, added, id }),
    model: { ...asJsonNode(json['model'], 'model'), ...model },
  };
}

const BERT_WORDS = { do_lower_case: 'lowercase', strip_accents: 'strip_accents', tokenize_chinese_chars: 'handle_chinese_chars' } as const;

/** Without a class name, a BERT normalizer is assumed to be BERT's; missing fields have no defaults. */
function bertWords(
  json: JsonNode,
  { files, settings, named }: { files: TokenizerFiles; settings: TokenizerSettings; named: boolean },
): JsonNode {
  const normalizer = json['normalizer'];
  const nameless = !named && files.tokenizerConfig['tokenizer_class'] === undefined && Object.keys(files.config).length === 0;
  if (!nameless || !isJsonNode(normalizer) || normalizer['type'] !== 'BertNormalizer') return json;
  const said = Object.entries(BERT_WORDS).filter(([word]) => settings.get(word) !== undefined);
  return {
    ...json,
    normalizer: {
      ...normalizer,
      ...Object.fromEntries(
        said.map(([word, key]) => [key, word === 'strip_accents' ? settings.openFlag(word) : settings.flag(word, true)]),
      ),
    },
  };
}

/**
 * `add_bos_token` and `add_eos_token`: a tokenizer.json defines what surrounds a text, and those of tokenizer_config.json are then ignored.
 * The arguments of a sentence encoder always apply. A class that defines its own tokens around a text ignores both.
 */
function withArguments(
  json: JsonNode,
  { settings, backend, added, built, id }: Omit<RebuildParams, 'backend'> & { backend: ClassBackend | undefined; built: boolean },
): JsonNode {
  const given = settings.givenFlags(
    ['add_bos_token', 'add_eos_token'],
    built && backend !== undefined ? ['arguments', 'config'] : ['arguments'],
  );
  if (given === undefined || backend?.around !== undefined) return json;
  const roles = roleTokens(settings, backend);
  const wants = (role: 'bos' | 'eos'): readonly Role[] => (given.includes(`add_${role}_token`) && roles.has(role) ? [role] : []);
  const [before, after] = [wants('bos'), wants('eos')];
  // As two single texts, of which the second has type 1 (`update_post_processor` of transformers 5).
  const one = (text: 'A' | 'B', type: number) => [...before, text, ...after].map((part) => `${part}:${type}`);
  const pair = [...one('A', 0), ...one('B', 1)].join(' ');
  return { ...json, post_processor: template({ before, after, pair }, { roles, added, id }) };
}
