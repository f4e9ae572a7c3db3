import path from 'node:path';
import { readJsonObject } from '../json-file.ts';
import { readSentenceConfig } from '../sentence-config.ts';
import { isJsonNode, type JsonNode } from './json-node.ts';

/** The small files with a tokenizer's settings; empty if a file is missing. */
export interface TokenizerFiles {
  readonly folder: string;
  /** tokenizer_config.json */
  readonly tokenizerConfig: JsonNode;
  /** special_tokens_map.json */
  readonly specialTokensMap: JsonNode;
  /** added_tokens.json: token to id. */
  readonly addedTokens: JsonNode;
  /** config.json */
  readonly config: JsonNode;
  /** sentence_bert_config.json, or one of its older names. */
  readonly sentence: JsonNode;
  readonly sentenceFile: string;
}

/** `config`: content of config.json if already known. Throws FORMAT if one of the files is not JSON. */
export async function readTokenizerFiles(folder: string, config?: JsonNode): Promise<TokenizerFiles> {
  const read = async (name: string): Promise<JsonNode> => (await readJsonObject(path.join(folder, name))) ?? {};
  const [tokenizerConfig, specialTokensMap, addedTokens, own] = await Promise.all([
    read('tokenizer_config.json'),
    read('special_tokens_map.json'),
    read('added_tokens.json'),
    config ?? read('config.json'),
  ]);
  const { file: sentenceFile, values: sentence } = await readSentenceConfig(folder);
  return { folder, tokenizerConfig, specialTokensMap, addedTokens, config: own, sentence, sentenceFile };
}

/** A special token is a string, or an object with flags. */
export function contentOf(token: unknown): string | undefined {
  const content = isJsonNode(token) ? token['content'] : token;
  return typeof content === 'string' ? content : undefined;
}
