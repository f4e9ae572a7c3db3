import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { HarnessError } from '../../errors.ts';
import { staticRules } from '../static/static-folder.ts';
import { staticTokenizer, staticTokenizerJson } from '../static/static-tokenizer.ts';
import { TextTokenizer } from '../tokenizer.ts';
import { asClass } from './as-class.ts';
import { buildTokenizer, withPairs, type TokenizerFamily } from './build-tokenizer.ts';
import { TOKENIZER_FAMILIES } from './families.ts';
import { isJsonNode, shown, type JsonNode } from './json-node.ts';
import { pairSurroundingsOf } from './post-processor.ts';
import { tokenizerSettings } from './settings.ts';
import { declaredClass } from './tokenizer-classes.ts';
import { readTokenizerFiles, type TokenizerFiles } from './tokenizer-files.ts';

const FAMILIES: readonly TokenizerFamily[] = Object.values(TOKENIZER_FAMILIES);

/** A vocab.txt is BERT's, for any model. */
const USUAL: TokenizerFamily = TOKENIZER_FAMILIES.bert;

/** Classes of transformers that do not determine the vocabulary. */
const ANY_CLASS: ReadonlySet<string> = new Set(['PreTrained', 'Auto', 'Tokenizers']);

const SAVE_FAST = 'Download the whole encoder, or save a fast tokenizer (tokenizer.json) into the folder.';

/**
 * The tokenizer of a checkpoint's folder: its tokenizer.json with the settings of other files, else one built from its vocabulary
 * (vocab.txt; vocab.json and merges.txt; a SentencePiece unigram model) according to `tokenizer_class` of tokenizer_config.json or
 * config.json, else `model_type` of config.json. `config`: content of config.json if already known. Throws TOKENIZER if there is neither,
 * or if it is unusable, and FORMAT if one of the small files is not JSON. For a static encoder only tokenizer.json is used.
 */
export async function openTokenizer(folder: string, config?: JsonNode): Promise<TextTokenizer> {
  const rules = staticRules(folder);
  if (rules !== undefined) {
    return TextTokenizer.read(path.join(folder, 'tokenizer.json'), { hint: SAVE_FAST, beside: (json) => staticTokenizer(json, rules) });
  }
  const files = await readTokenizerFiles(folder, config);
  const padToken = tokenizerSettings(files).token('pad_token') ?? undefined;
  const own = path.join(folder, 'tokenizer.json');
  if (existsSync(own)) return TextTokenizer.read(own, { padToken, hint: SAVE_FAST, beside: (json) => asClass(json, files) });
  const { family, paths } = vocabularyOf(files);
  const built = await buildTokenizer({ family, paths, files });
  return TextTokenizer.parse(JSON.stringify(built), {
    where: paths[0]!,
    padToken: padToken ?? family.specials.tokens.pad,
    hint: SAVE_FAST,
    beside: (json) => asClass(withPairs(json, family), files, { built: true }),
  });
}

/** The tokenizer.json of a folder, with the settings of other files, or the one built from its vocabulary. Throws as `openTokenizer`. */
export async function tokenizerJson(folder: string): Promise<string> {
  const rules = staticRules(folder);
  if (rules !== undefined) return staticTokenizerJson(folder, rules);
  const files = await readTokenizerFiles(folder);
  const own = path.join(folder, 'tokenizer.json');
  if (existsSync(own)) {
    const text = await readFile(own, 'utf8');
    const json = JSON.parse(text) as JsonNode;
    const beside = asClass(json, files);
    const isSame = beside.json === json || (beside.changes === '' && pairsOf(beside.json) === pairsOf(json));
    return isSame ? text : JSON.stringify(beside.json, undefined, 2);
  }
  const { family, paths } = vocabularyOf(files);
  const built = withPairs(await buildTokenizer({ family, paths, files }), family);
  return JSON.stringify(asClass(built, files, { built: true }).json, undefined, 2);
}

/** What surrounds a pair, for comparison; undefined if the file has no template for one. Single texts are compared by `asClass`. */
function pairsOf({ post_processor: node }: JsonNode): string | undefined {
  try {
    return JSON.stringify(pairSurroundingsOf(isJsonNode(node) ? node : null));
  } catch {
    return undefined;
  }
}

/** Throws TOKENIZER if the folder has no supported vocabulary. */
function vocabularyOf(files: TokenizerFiles): { family: TokenizerFamily; paths: readonly string[] } {
  const candidates = candidatesFor(files);
  for (const family of candidates) {
    const names = family.files.find((list) => list.every((name) => existsSync(path.join(files.folder, name))));
    if (names !== undefined) return { family, paths: names.map((name) => path.join(files.folder, name)) };
  }
  const names = candidates.flatMap((family) => family.files);
  const wanted = ['tokenizer.json', ...names.map((list) => list.join(' with '))].join(' nor ');
  const strange = FAMILIES.flatMap((family) => family.files.flat()).find(
    (name) => !names.flat().includes(name) && existsSync(path.join(files.folder, name)),
  );
  const what =
    strange === undefined
      ? `It has no tokenizer: neither ${wanted}.`
      : `It has neither ${wanted}, and its files do not say how to use ${strange}.`;
  throw new HarnessError('TOKENIZER', { where: files.folder, what, hint: SAVE_FAST });
}

/** Possible families of the folder's vocabulary, most likely first. Throws TOKENIZER for an unknown class. */
function candidatesFor(files: TokenizerFiles): readonly TokenizerFamily[] {
  const { folder, tokenizerConfig, config } = files;
  const name = declaredClass(files);
  if (name !== undefined && !ANY_CLASS.has(name)) {
    const family = FAMILIES.find(({ classes }) => classes.includes(name));
    if (family !== undefined) return [family];
    const declared = tokenizerConfig['tokenizer_class'] || config['tokenizer_class'];
    const what = `It has no tokenizer.json, and its tokenizer_class ${shown(declared)} cannot be built from a vocabulary.`;
    throw new HarnessError('TOKENIZER', { where: folder, what, hint: 'Save a fast tokenizer (tokenizer.json) into the folder.' });
  }
  const family = FAMILIES.find(({ modelTypes }) => modelTypes.includes(String(config['model_type'])));
  return family === undefined || family === USUAL ? [USUAL] : [family, USUAL];
}
