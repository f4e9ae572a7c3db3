import { readFile } from 'node:fs/promises';
import { HarnessError, reason } from '../../errors.ts';
import type { Vocabulary } from './build-tokenizer.ts';
import { isId, isJsonNode, shown } from './json-node.ts';
import type { TokenizerFiles } from './tokenizer-files.ts';

/** vocab.txt: one token per line, its id the line's index from 0. BERT and similar. */
export async function readWordPiece([file]: readonly string[], { tokenizerConfig }: TokenizerFiles, unknown: string): Promise<Vocabulary> {
  const lines = (await readText(file!)).split(/\r\n|\r|\n/);
  if (lines.at(-1) === '') lines.pop();
  const vocabulary = new Map(lines.map((token, id) => [token, id]));
  return {
    model: {
      type: 'WordPiece',
      unk_token: unknown,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary),
    },
    id: (token) => vocabulary.get(token),
    size: lines.length,
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: tokenizerConfig['tokenize_chinese_chars'] ?? true,
      strip_accents: tokenizerConfig['strip_accents'] ?? null,
      lowercase: tokenizerConfig['do_lower_case'] ?? true,
    },
    preTokenizer: { type: 'BertPreTokenizer' },
  };
}

/** vocab.json and merges.txt: byte-pair encoding of bytes. RoBERTa and similar. */
export async function readByteLevel([vocabFile, mergesFile]: readonly string[], { tokenizerConfig }: TokenizerFiles): Promise<Vocabulary> {
  const vocab = await readVocabJson(vocabFile!);
  const vocabulary = new Map(Object.entries(vocab));
  const merges = parseMerges(await readText(mergesFile!), { file: mergesFile!, vocabulary });
  return {
    model: { type: 'BPE', unk_token: null, fuse_unk: false, merges, vocab },
    id: (token) => vocabulary.get(token),
    size: vocabulary.size,
    normalizer: null,
    preTokenizer: { type: 'ByteLevel', add_prefix_space: tokenizerConfig['add_prefix_space'] ?? false, use_regex: true },
  };
}

async function readVocabJson(file: string): Promise<Readonly<Record<string, number>>> {
  const refuse = (what: string, cause?: unknown) =>
    new HarnessError('TOKENIZER', { where: file, what, hint: 'Download it again.' }, { cause });
  const text = await readText(file);
  let vocab: unknown;
  try {
    vocab = JSON.parse(text);
  } catch (error) {
    throw refuse(`This is not JSON (${reason(error)}).`, error);
  }
  if (!isJsonNode(vocab)) throw refuse('This is not a vocabulary: expected an object of tokens and IDs.');
  const wrong = Object.entries(vocab).find(([, id]) => !isId(id));
  if (wrong !== undefined) throw refuse(`This is not a vocabulary: ${shown(wrong[1])} is not an id for ${shown(wrong[0])}.`);
  return vocab as Readonly<Record<string, number>>;
}

/** Two tokens per line, in merge order; the first line may be the file's version. */
function parseMerges(text: string, { file, vocabulary }: { file: string; vocabulary: ReadonlyMap<string, number> }): [string, string][] {
  const lines = text.split(/\r\n|\r|\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines.flatMap((line, i) => {
    if (i === 0 && line.startsWith('#version')) return [];
    const refuse = (what: string) =>
      new HarnessError('TOKENIZER', { where: `${file}:${i + 1}`, what, hint: 'Download it again, together with its vocab.json.' });
    const [left, right, ...rest] = line.split(' ');
    if (left === undefined || left === '' || right === undefined || right === '' || rest.length > 0)
      throw refuse(`This is not a pair of tokens: ${shown(line)}.`);
    if (!vocabulary.has(left + right)) throw refuse(`${shown(line)} makes ${shown(left + right)}, which vocab.json does not have.`);
    return [[left, right]];
  });
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new HarnessError(
      'TOKENIZER',
      { where: file, what: `The vocabulary cannot be read (${reason(error)}).`, hint: 'Download it again.' },
      { cause: error },
    );
  }
}
