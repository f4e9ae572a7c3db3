import { createHash } from 'node:crypto';
import { HarnessError, option, shown } from '../errors.ts';
import { skippedTokens, type Prompt, type TextReader } from './prompted-text.ts';

/** A prompt from the encoder's own files, or from another source such as a registry. */
export interface KnownPrompt {
  readonly name: string;
  readonly text: string;
}

/** The known prompts of an encoder. */
export interface Prompts {
  /** Without duplicate names, in the order of the files. */
  readonly known: readonly KnownPrompt[];
  /** Name of the default prompt; undefined for none. */
  readonly byDefault: string | undefined;
  /** Whether we saved it after training: `byDefault` is then the prompt that it was trained with, and the others need no mention. */
  readonly trained?: boolean | undefined;
}

/** What determines the prompts that an encoder can have. */
export interface Promptable extends TextReader {
  /** For messages. */
  readonly name: string;
  readonly prompts?: Prompts | undefined;
}

/** A prompt as requested: a plain value. */
export type PromptChoice =
  { readonly kind: 'none' } | { readonly kind: 'name'; readonly name: string } | { readonly kind: 'text'; readonly text: string };

export const NO_PROMPT: PromptChoice = { kind: 'none' };

/** Letters, digits and symbols without white space or colon: names of prompts consist of these, unlike texts of prompts. */
const WORD = /^[^\s:：]+$/u;

/**
 * Parses a prompt in a request: `none`; `name:…` and `text:…` explicitly; a word without white space and colon is the name of a prompt;
 * anything else a literal text. Independent of the encoders, so that every shard of a run parses it alike.
 */
export function promptChoice(value: string): PromptChoice {
  if (value === 'none') return NO_PROMPT;
  const [, kind, rest] = /^(name|text):(.+)$/su.exec(value) ?? [];
  if (kind === 'name') return { kind, name: rest! };
  if (kind === 'text') return { kind, text: rest! };
  return WORD.test(value) ? { kind: 'name', name: value } : { kind: 'text', text: value };
}

/** Prompts of a request without duplicates, sorted: none, by name, by text. */
export function promptChoices(values: readonly string[]): PromptChoice[] {
  const kinds: readonly PromptChoice['kind'][] = ['none', 'name', 'text'];
  const choices = new Map(values.map(promptChoice).map((choice) => [promptColumn(choice), choice]));
  return [...choices]
    .toSorted(([a, x], [b, y]) => kinds.indexOf(x.kind) - kinds.indexOf(y.kind) || (a < b ? -1 : 1))
    .map(([, choice]) => choice);
}

/**
 * A prompt in the column `prompt`: its name, or its text in quotes as in JSON, so that trailing blanks are visible and no text is taken for
 * a name; '' for none.
 */
export function promptColumn(prompt: PromptChoice | Pick<Prompt, 'name' | 'text'> | undefined): string {
  if (prompt === undefined || ('kind' in prompt && prompt.kind === 'none')) return '';
  if ('name' in prompt && prompt.name !== undefined) return prompt.name;
  return 'text' in prompt ? JSON.stringify(prompt.text) : '';
}

/** Parses a column `prompt`. */
export function promptOfColumn(column: string): PromptChoice {
  if (column === '') return NO_PROMPT;
  try {
    const text: unknown = JSON.parse(column);
    if (column.startsWith('"') && typeof text === 'string') return { kind: 'text', text };
  } catch {
    // A name.
  }
  return { kind: 'name', name: column };
}

/**
 * The prompts of an encoder's files and those known from elsewhere: a non-empty text of its files takes precedence, an empty one does not.
 */
export function knownPrompts(
  own: ReadonlyMap<string, string>,
  others: Readonly<Record<string, { readonly text: string }>> = {},
): KnownPrompt[] {
  const known = new Map<string, string>([
    ...own,
    ...Object.entries(others).map(([name, { text }]): [string, string] => [name, own.get(name) || text]),
  ]);
  return [...known].map(([name, text]) => ({ name, text }));
}

/**
 * The prompt put before every text of an encoder; undefined for none. `choice` undefined: its default prompt. Throws OPTION for an unknown
 * name, and for a prompt that leaves no room for a text.
 */
export function promptFor(encoder: Promptable, choice: PromptChoice | undefined): Prompt | undefined {
  const asked = choice ?? defaultOf(encoder);
  if (asked.kind === 'none') return undefined;
  const { name, text } = asked.kind === 'name' ? named(encoder, asked.name) : { name: undefined, text: asked.text };
  const prompt: Prompt = { name, text, ...tokensCounted(encoder, text) };
  checkRoom(encoder, prompt);
  return prompt;
}

/** Human-readable notes on the prompts of an encoder, one sentence each. `choice`: as requested. */
export function promptNotes(
  { name: encoder, prompt, prompts, tokenizer, includePrompt = true }: Promptable,
  choice: PromptChoice | undefined,
): string[] {
  const notes: string[] = [];
  const usable = prompts?.known.filter(({ text }) => text !== '') ?? [];
  if (choice === undefined && prompt?.name !== undefined) {
    const who = prompts?.trained === true ? 'It was trained with' : 'Its authors use';
    notes.push(
      `${who} the prompt ${prompt.name} (${shown(prompt.text)}) before every text; so does this program. Turn it off with ${option('prompts')} none.`,
    );
  } else if (choice === undefined && usable.length > 0 && prompts?.trained !== true) {
    const said = usable.slice(0, MOST_SAID).map(({ name, text }) => `${name} (${shown(text)})`);
    const more = usable.length > MOST_SAID ? `, and ${usable.length - MOST_SAID} more` : '';
    notes.push(
      `It was published with prompts, but none is used: ${said.join(', ')}${more}. Select one with ${option('prompts')}, or none.`,
    );
  }
  const isName = choice?.kind === 'text' && prompts?.known.some(({ name }) => name === choice.text);
  if (isName)
    notes.push(`${shown(choice.text)} is put before every text literally; for the prompt of that name write name:${choice.text}.`);
  if (prompt?.text === '') notes.push(`Its prompt ${prompt.name} is empty: same as no prompt.`);
  if (prompt !== undefined && tokenizer.truncation === 'left') {
    notes.push('It truncates long texts at the start: here after the prompt, which is kept.');
  }
  if (prompt !== undefined && prompt.length > 0 && includePrompt && INSTRUCTOR.test(encoder)) {
    notes.push(
      'Its name says INSTRUCTOR, whose mean pooling excludes the prompt tokens; its Pooling config includes them, and is followed: ' +
        'set "include_prompt": false in the config.json of the Pooling to exclude them.',
    );
  }
  return notes;
}

/** Encoders whose files mostly do not declare the intended pooling (see `includedPrompt`). */
const INSTRUCTOR = /instructor/i;
const MOST_SAID = 3;

/** Hash of everything that determines a text's ids: the tokenizer's, combined with the prompt's text, if any. */
export function tokenizerHash(encoder: Pick<TextReader, 'tokenizer' | 'prompt' | 'includePrompt'>): string {
  const { tokenizer, prompt } = encoder;
  if (prompt === undefined || prompt.text === '') return tokenizer.hash;
  return createHash('sha256')
    .update(`${tokenizer.hash}\nprompt ${skippedTokens(encoder)}\n${prompt.text}`)
    .digest('hex');
}

/**
 * Number of tokens of a prompt alone. A pooling without the prompt excludes as many as sentence-transformers does
 * (`Transformer._get_prompt_length`): these, with the leading special tokens, without a final special token. If a prompt ends with a blank
 * that is a token only there, this is one more than the prompt has in a text.
 */
function tokensCounted({ tokenizer }: Promptable, text: string): Pick<Prompt, 'length' | 'tokens'> {
  if (text === '') return { length: 0, tokens: 0 };
  const { ids, total } = tokenizer.encode(text, Infinity);
  return { length: total - tokenizer.specials, tokens: tokenizer.isSpecial(ids.at(-1)!) ? total - 1 : total };
}

function defaultOf({ prompts }: Promptable): PromptChoice {
  return prompts?.byDefault === undefined ? NO_PROMPT : { kind: 'name', name: prompts.byDefault };
}

function named({ name: encoder, prompts }: Promptable, name: string): KnownPrompt {
  const known = prompts?.known ?? [];
  const found = known.find((each) => each.name === name);
  if (found !== undefined) return found;
  throw new HarnessError('OPTION', {
    where: option('prompts'),
    what: `${encoder} has no prompt named ${shown(name)}.`,
    hint: `${known.length === 0 ? 'It has none' : `It has ${known.map((each) => each.name).join(', ')}`}; write literal text that looks like a name as text:${name}.`,
  });
}

function checkRoom({ name, tokenizer, maxLength }: Promptable, prompt: Prompt): void {
  const total = prompt.length + tokenizer.specials;
  if (prompt.text === '' || total < maxLength) return;
  throw new HarnessError('OPTION', {
    where: option('prompts'),
    what: `${name} takes ${maxLength} tokens, and ${prompt.name ?? shown(prompt.text)} has ${total} with special tokens: no room is left for the text.`,
    hint: `Give a shorter prompt, or a larger ${option('maxLength')}.`,
  });
}
