import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { HarnessError } from '../../errors.ts';
import { readJsonObject } from '../json-file.ts';
import type { FolderTokenizer } from '../tokenizer.ts';
import { isJsonNode, type JsonNode } from '../tokenizers/json-node.ts';
import { vocabularyOf } from '../tokenizers/vocabulary.ts';
import { readStaticConfig } from './static-config.ts';
import type { StaticRules } from './static-folder.ts';

/**
 * The tokenizer of a static encoder: only tokenizer.json, without other files, and no special tokens (`add_special_tokens=False` of the
 * reference). With model2vec's conventions unknown tokens have no vector.
 */
export function staticTokenizer(json: JsonNode, rules: StaticRules): FolderTokenizer {
  const left = isJsonNode(json['truncation']) && json['truncation']['direction'] === 'Left';
  const dropped = rules === 'model2vec' ? unknownOf(json) : undefined;
  const charactersAToken = rules === 'model2vec' ? medianLength(json) : undefined;
  const changes = [
    'no special tokens',
    ...(left ? ['truncated on the left'] : []),
    ...(dropped === undefined ? [] : [`without ${dropped}`]),
    ...(charactersAToken === undefined ? [] : [`truncated to ${charactersAToken} characters per token`]),
  ];
  return {
    json: withoutSpecials(json),
    changes: changes.join('\n'),
    truncation: left ? 'left' : 'right',
    splitSpecials: false,
    dropped,
    charactersAToken,
  };
}

/** The same as a self-contained tokenizer.json: whoever loads it gets the ids that the encoder was trained with. */
export function withoutSpecials(json: JsonNode): JsonNode {
  return { ...json, post_processor: null };
}

/** Id of the unknown token of a tokenizer.json (`_get_unk_token_id` of model2vec). */
function unknownOf({ model, added_tokens: added }: JsonNode): number | undefined {
  if (!isJsonNode(model)) return undefined;
  const { unk_token: token, unk_id: id } = model;
  if (typeof token !== 'string') return typeof id === 'number' ? id : undefined;
  const known = vocabularyOf(model).get(token);
  const other = (Array.isArray(added) ? added : []).find((each) => isJsonNode(each) && each['content'] === token) as
    { id?: unknown } | undefined;
  return known ?? (typeof other?.id === 'number' ? other.id : undefined);
}

/**
 * Median length of the tokens of a tokenizer.json in characters, rounded down: model2vec truncates a text to this many characters per token
 * of the limit before tokenising (`median_token_length`). undefined without tokens.
 */
function medianLength({ model, added_tokens: added }: JsonNode): number | undefined {
  const vocab = isJsonNode(model) ? model['vocab'] : undefined;
  const own: readonly unknown[] = Array.isArray(vocab)
    ? vocab.map((piece: unknown) => (Array.isArray(piece) ? (piece[0] as unknown) : piece))
    : Object.keys(vocab ?? {});
  const more: readonly unknown[] = (Array.isArray(added) ? added : []).map((each: unknown) =>
    isJsonNode(each) ? each['content'] : undefined,
  );
  const tokens = [...new Set([...own, ...more])].filter((token) => typeof token === 'string');
  const lengths = Uint32Array.from(tokens, (token) => [...token].length).toSorted();
  const half = lengths.length >> 1;
  const [middle, before] = [lengths[half], lengths[half - (lengths.length % 2 === 0 ? 1 : 0)]];
  return middle === undefined ? undefined : Math.floor((middle + before!) / 2);
}

/**
 * Maximum tokens of a text for a static encoder: with sentence-transformers' conventions the `truncation` of tokenizer.json (which
 * model2vec writes with its own limit), with those of model2vec `max_length` of config.json; Infinity if there is neither. Throws FORMAT.
 */
export async function staticLimit(folder: string, rules: StaticRules): Promise<number> {
  if (rules === 'model2vec') return (await readStaticConfig(folder)).maxLength ?? Infinity;
  const file = path.join(folder, 'tokenizer.json');
  const truncation = (await readJsonObject(file))?.['truncation'] ?? null;
  if (truncation === null) return Infinity;
  const { max_length: length } = (isJsonNode(truncation) ? truncation : {}) as { max_length?: unknown };
  if (typeof length === 'number' && Number.isInteger(length) && length >= 1) return length;
  throw new HarnessError('FORMAT', { where: `${file}: truncation`, what: 'It has no valid max_length.', hint: 'Download it again.' });
}

/** tokenizer.json of an exported static encoder: without special tokens, and with truncation at its limit. */
export async function staticTokenizerJson(folder: string, rules: StaticRules): Promise<string> {
  const json = JSON.parse(await readFile(path.join(folder, 'tokenizer.json'), 'utf8')) as JsonNode;
  const limit = await staticLimit(folder, rules);
  const own = isJsonNode(json['truncation']) ? json['truncation'] : {};
  const truncation = limit === Infinity ? null : { direction: 'Right', strategy: 'LongestFirst', stride: 0, ...own, max_length: limit };
  return JSON.stringify({ ...withoutSpecials(json), truncation });
}
