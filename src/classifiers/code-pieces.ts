import type { TokenPooling } from '../embed/vectors.ts';
import type { TextInput } from '../encoders/text-inputs.ts';
import type { ClassifierRecord } from './record.ts';

/** Code snippets of model cards. */

/** What the code of other languages needs to know about a folder. */
export interface CodeParams {
  /** Name of the folder. */
  readonly name: string;
  readonly record: ClassifierRecord;
  /** The graph returns logits. */
  readonly hasLogits: boolean;
  /** transformers.js has a text-classification pipeline for this encoder. */
  readonly hasPipeline: boolean;
  /** sentence-transformers computes its vectors. */
  readonly isSentenceEncoder: boolean;
  readonly inputs: readonly TextInput[];
  /** Position of the first token. */
  readonly firstPosition: number;
  readonly padId: number;
  readonly truncation: 'left' | 'right';
  /** Prefix of each word in a sentence split into words; usually ''. */
  readonly wordMark: string;
  /** How the last layer's tokens are pooled; undefined if more is done. */
  readonly token: PlainToken | undefined;
}

/** Poolings that other programs can compute in one line. */
export const PLAIN_TOKENS = ['cls', 'mean', 'max', 'last', 'weighted-mean'] as const satisfies readonly TokenPooling[];
export type PlainToken = (typeof PLAIN_TOKENS)[number];

/** A code snippet with its language. */
export interface CodeBlock {
  readonly title: string;
  readonly language: string;
  readonly code: string;
}

/** Decimals, as `bench predict` writes probabilities. */
export const DIGITS = 6;
/** Sample texts. */
export const [FIRST, SECOND] = ['The first text.', 'The second text.'];

/** A string literal valid in both JavaScript and Python. */
export function literal(text: string): string {
  return JSON.stringify(text).replace(/[\u007F-\u009F\u2028\u2029]/g, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export const TRANSFORMERS = '@huggingface/transformers';

/** An import line of a Python program. */
export function imported(names: string, library: string): string {
  return ['import', `{ ${names} }`, 'from', `'${library}';`].join(' ');
}

export function shellWord(word: string): string {
  if (/[\p{Cc}\u2028\u2029]/u.test(word)) return 'FOLDER';
  return /^[\p{L}\p{M}\p{N}_@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

export function integersOf({ inputs }: CodeParams): string {
  return inputs.some((input) => input.type === 'int32') ? 'np.int32' : 'np.int64';
}

export function truncationOf({ record: { maxLength }, truncation }: CodeParams): string {
  const cut = truncation === 'left' ? ', direction="left"' : '';
  return maxLength === null ? 'tokenizer.no_truncation()' : `tokenizer.enable_truncation(${maxLength}${cut})`;
}

/** Inputs of ids and mask. */
export function feedsOf(params: CodeParams): string[] {
  const { record, inputs, firstPosition } = params;
  const asked = (name: string) => inputs.some((input) => input.name === name);
  const types = record.pairs === true ? `np.array([each.type_ids for each in encoded], dtype=${integersOf(params)})` : 'np.zeros_like(ids)';
  const first = firstPosition === 0 ? '' : ` + ${firstPosition}`;
  return [
    'inputs = {"input_ids": ids, "attention_mask": mask}',
    ...(asked('token_type_ids') ? [`inputs["token_type_ids"] = ${types}`] : []),
    ...(asked('position_ids') ? [`inputs["position_ids"] = np.maximum(np.cumsum(mask, 1, dtype=mask.dtype) - 1, 0)${first}`] : []),
  ];
}

/** Pooling of token vectors, in numpy. */
const POOLED: Readonly<Record<PlainToken, string>> = {
  cls: 'vectors = tokens[:, 0]',
  mean: 'vectors = (tokens * mask[..., None]).sum(1) / np.maximum(mask.sum(1, keepdims=True), 1)',
  max: 'vectors = np.where(mask[..., None] > 0, tokens, -np.inf).max(1)',
  last: 'vectors = tokens[np.arange(len(tokens)), mask.sum(1) - 1]',
  'weighted-mean':
    'weights = mask * np.arange(1, mask.shape[1] + 1); vectors = (tokens * weights[..., None]).sum(1) / weights.sum(1, keepdims=True)',
};

export function pooled(token: PlainToken): string[] {
  return POOLED[token].split('; ');
}

export function block(lines: readonly string[], title: string): CodeBlock {
  return { title, language: 'python', code: lines.join('\n') };
}

export function behindPrompt(prompt: ClassifierRecord['prompt'], text: string): string {
  return prompt === undefined ? literal(text) : `${literal(prompt.text)} + ${literal(text)}`;
}

export const BROWSER = [
  '// In a browser: the URL path of the folder. In Node: its file path.',
  'env.allowLocalModels = true;',
  'env.allowRemoteModels = false;',
];
