import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { HarnessError } from '../../errors.ts';
import { readJsonObject } from '../json-file.ts';
import type { Beside } from '../tokenizer.ts';
import { isJsonNode, type JsonNode } from '../tokenizers/json-node.ts';
import { vocabularyOf } from '../tokenizers/vocabulary.ts';
import { readStaticConfig } from './static-config.ts';
import type { StaticRules } from './static-folder.ts';

/**
 * The tokenizer of a static encoder: tokenizer.json by itself, whatever files lie beside it, and nothing around a text
 * (`add_special_tokens=False` of the reference). By model2vec's rules unknown tokens have no vector.
 */
export function staticTokenizer(json: JsonNode, rules: StaticRules): Beside {
  const left = isJsonNode(json['truncation']) && json['truncation']['direction'] === 'Left';
  const dropped = rules === 'model2vec' ? unknownOf(json) : undefined;
  return {
    json: withoutSpecials(json),
    changes: ['nothing around a text', ...(left ? ['truncated at the left'] : []), ...(dropped === undefined ? [] : [`without ${dropped}`])].join('\n'),
    truncation: left ? 'left' : 'right',
    splitSpecials: false,
    dropped,
  };
}

/** The same as a tokenizer.json that says so itself: whoever loads it gets the ids that the encoder was trained with. */
export function withoutSpecials(json: JsonNode): JsonNode {
  return { ...json, post_processor: null };
}

/** Id of the unknown token of a tokenizer.json (`_get_unk_token_id` of model2vec). */
function unknownOf({ model }: JsonNode): number | undefined {
  if (!isJsonNode(model)) return undefined;
  const { unk_token: token, unk_id: id } = model;
  if (typeof token === 'string') return vocabularyOf(model).get(token);
  return typeof id === 'number' ? id : undefined;
}

/**
 * Tokens that a text of a static encoder may have: by the rules of sentence-transformers what tokenizer.json cuts at (`truncation`, which
 * model2vec writes with its own limit), by those of model2vec `max_length` of config.json; Infinity where there is neither. Throws FORMAT.
 */
export async function staticLimit(folder: string, rules: StaticRules): Promise<number> {
  if (rules === 'model2vec') return (await readStaticConfig(folder)).maxLength ?? Infinity;
  const file = path.join(folder, 'tokenizer.json');
  const truncation = (await readJsonObject(file))?.['truncation'] ?? null;
  if (truncation === null) return Infinity;
  const { max_length: length } = (isJsonNode(truncation) ? truncation : {}) as { max_length?: unknown };
  if (typeof length === 'number' && Number.isInteger(length) && length >= 1) return length;
  throw new HarnessError('FORMAT', { where: `${file}: truncation`, what: 'It has no max_length that is a length in tokens.', hint: 'Fetch it again.' });
}

/** tokenizer.json as an export of a static encoder has it: nothing around a text, and cut at its limit. */
export async function staticTokenizerJson(folder: string, rules: StaticRules): Promise<string> {
  const json = JSON.parse(await readFile(path.join(folder, 'tokenizer.json'), 'utf8')) as JsonNode;
  const limit = await staticLimit(folder, rules);
  const own = isJsonNode(json['truncation']) ? json['truncation'] : {};
  const truncation = limit === Infinity ? null : { direction: 'Right', strategy: 'LongestFirst', stride: 0, ...own, max_length: limit };
  return JSON.stringify({ ...withoutSpecials(json), truncation });
}
