import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { Tokenizer } from '@huggingface/tokenizers';
import { HarnessError, reason } from '../errors.ts';

export interface Tokens {
  /** Ids with the special tokens of a single text, cut at the limit. */
  readonly ids: Int32Array;
  /** Tokens the whole text has, special tokens included; more than ids.length where it was cut. */
  readonly total: number;
}

/**
 * A checkpoint's own tokenizer.json. What the file says of truncation and padding does not count: a text is cut at the
 * limit asked for alone, by dropping its last tokens and keeping the special ones, and is never padded.
 */
export class TextTokenizer {
  /** sha256 of tokenizer.json, in hex. */
  readonly hash: string;
  readonly #tokenizer: Tokenizer;
  readonly #prefix: readonly number[];
  readonly #suffix: readonly number[];

  private constructor(tokenizer: Tokenizer, hash: string, file: string) {
    this.#tokenizer = tokenizer;
    this.hash = hash;
    [this.#prefix, this.#suffix] = specialTokens(tokenizer, file);
  }

  /** Throws TOKENIZER where the file is missing or is no tokenizer.json. */
  static async read(file: string): Promise<TextTokenizer> {
    const complain = (what: string, cause: unknown) =>
      new HarnessError('TOKENIZER', { where: file, what, mend: 'An encoder needs its tokenizer.json beside (or above) its ONNX file.' }, { cause });
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      throw complain(`The tokenizer cannot be read (${reason(error)}).`, error);
    }
    try {
      const tokenizer = new Tokenizer(JSON.parse(text) as object, {});
      return new TextTokenizer(tokenizer, createHash('sha256').update(text).digest('hex'), file);
    } catch (error) {
      if (error instanceof HarnessError) throw error;
      throw complain(`This is no tokenizer that can be used (${reason(error)}).`, error);
    }
  }

  /** Number of special tokens around a text. */
  get specials(): number {
    return this.#prefix.length + this.#suffix.length;
  }

  /** Number of special tokens before a text. */
  get leading(): number {
    return this.#prefix.length;
  }

  encode(text: string, maxLength: number): Tokens {
    const body = this.body(text).ids;
    const kept = Math.min(body.length, Math.max(0, maxLength - this.specials));
    const ids = new Int32Array(kept + this.specials);
    ids.set(this.#prefix);
    for (let i = 0; i < kept; i++) ids[this.#prefix.length + i] = body[i]!;
    ids.set(this.#suffix, this.#prefix.length + kept);
    return { ids, total: body.length + this.specials };
  }

  /** Ids and token strings of the text alone, without special tokens, uncut. */
  body(text: string): { readonly ids: readonly number[]; readonly tokens: readonly string[] } {
    return this.#tokenizer.encode(text, { add_special_tokens: false });
  }
}

/** Special tokens before and after a single text, found by encoding one with and without them. */
function specialTokens(tokenizer: Tokenizer, file: string): [number[], number[]] {
  const probe = 'a';
  const plain: number[] = tokenizer.encode(probe, { add_special_tokens: false }).ids;
  const full: number[] = tokenizer.encode(probe).ids;
  for (let at = 0; at + plain.length <= full.length; at++) {
    if (plain.every((id, i) => full[at + i] === id)) return [full.slice(0, at), full.slice(at + plain.length)];
  }
  throw new HarnessError('TOKENIZER', { where: file, what: 'Its post-processor changes the tokens of a text itself.', mend: 'Such a tokenizer is not supported.' });
}
