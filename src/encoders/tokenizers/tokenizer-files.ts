import path from 'node:path';
import { readJsonObject } from '../json-file.ts';
import { readSentenceConfig } from '../sentence-config.ts';
import { isPart, type Part } from './part.ts';

/** The small files beside a vocabulary that say how it is used; empty where a file is not there. */
export interface TokenizerFiles {
  readonly folder: string;
  /** tokenizer_config.json */
  readonly tokenizerConfig: Part;
  /** special_tokens_map.json */
  readonly specialTokensMap: Part;
  /** added_tokens.json: token to id. */
  readonly addedTokens: Part;
  /** config.json */
  readonly config: Part;
  /** sentence_bert_config.json, or one of its older names. */
  readonly sentence: Part;
  readonly sentenceFile: string;
}

/** `config`: that of config.json where it is known already. Throws FORMAT where one of the files is no JSON. */
export async function readTokenizerFiles(folder: string, config?: Part): Promise<TokenizerFiles> {
  const read = async (name: string): Promise<Part> => (await readJsonObject(path.join(folder, name))) ?? {};
  const [tokenizerConfig, specialTokensMap, addedTokens, own] = await Promise.all([
    read('tokenizer_config.json'), read('special_tokens_map.json'), read('added_tokens.json'), config ?? read('config.json'),
  ]);
  const { file: sentenceFile, values: sentence } = await readSentenceConfig(folder);
  return { folder, tokenizerConfig, specialTokensMap, addedTokens, config: own, sentence, sentenceFile };
}

/** A special token is written as a string, or as an object with its switches. */
export function contentOf(token: unknown): string | undefined {
  const content = isPart(token) ? token['content'] : token;
  return typeof content === 'string' ? content : undefined;
}
