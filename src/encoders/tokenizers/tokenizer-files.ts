import path from 'node:path';
import { readJsonObject } from '../json-file.ts';
import { readSentenceConfig } from '../sentence-config.ts';
import { isJsonNode, type JsonNode } from './json-node.ts';

/** The small files beside a vocabulary that say how it is used; empty where a file is not there. */
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

/** `config`: that of config.json where it is known already. Throws FORMAT where one of the files is no JSON. */
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

/** A special token is written as a string, or as an object with its switches. */
export function contentOf(token: unknown): string | undefined {
  const content = isJsonNode(token) ? token['content'] : token;
  return typeof content === 'string' ? content : undefined;
}
