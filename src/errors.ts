/** Every error that a person can cause or meet. The message is one line: where, what, how to mend. */

export const ERROR_CODES = [
  'OPTION', // an option or its value
  'REGISTRY', // models.json, datasets.json, suites.json
  'UNKNOWN_NAME', // no such encoder, dataset, pooling, …
  'SOURCE', // a file that no source gave
  'OFFLINE', // the network was needed and is off or out of reach
  'CHECKSUM',
  'FORMAT', // a file that is not what it should be
  'DATA', // a dataset that cannot be scored
  'GRAPH', // an ONNX graph that cannot be used
  'TOKENIZER',
  'SHAPE',
  'TRAINING', // a run that cannot go on
  'OUTPUT', // results that cannot be written
  'STORE',
  'INTERNAL',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export interface Complaint {
  /** What is wrong, a sentence. */
  readonly what: string;
  /** file:line, `models.json: key.field`, or an option as `option` names it. */
  readonly where?: string | undefined;
  /** What to do about it, a sentence. */
  readonly hint?: string | undefined;
}

export class HarnessError extends Error {
  override readonly name = 'HarnessError';
  readonly code: ErrorCode;
  readonly complaint: Complaint;

  constructor(code: ErrorCode, complaint: Complaint, options?: { cause?: unknown }) {
    super(oneLine(complaint), options);
    this.code = code;
    this.complaint = complaint;
  }
}

/**
 * How a message names an option: as programs do, `labelColumn`. The command line says --label-column in its place, so that what is wrong
 * is called what the reader wrote.
 */
export function option(name: string): string {
  return `\`${name}\``;
}

/** Letters of each part of a complaint. One that quotes a file would else be as long as the file. */
const MOST_LETTERS = 1000;

function oneLine({ where, what, hint }: Complaint): string {
  return [where === undefined ? '' : `${plain(where)}: `, plain(what), hint === undefined ? '' : ` ${plain(hint)}`].join('');
}

/** A bounded line. What a file or server says may not steer a terminal: characters without a picture stand there as their numbers. */
function plain(text: string): string {
  const line = joined(bounded(text, MOST_LETTERS));
  const plainLine = line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
  return bounded(plainLine, MOST_LETTERS);
}

/** The beginning of a text that is too long to be said. */
export function bounded(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** Lines as one. No `\s*` around the ends of lines: that takes a time with the square of the blanks. */
function joined(text: string): string {
  return /[\r\n]/.test(text)
    ? text
        .split(/[\r\n]+/)
        .map((line) => line.trim())
        .filter((line) => line !== '')
        .join(' ')
    : text;
}

/** A complaint and its code, as plain data: what a thread says of anything thrown in it. */
export type CodedComplaint = Complaint & { readonly code: ErrorCode };

export function complaintOf(error: unknown): CodedComplaint {
  return error instanceof HarnessError ? { code: error.code, ...error.complaint } : { code: 'INTERNAL', what: reason(error) };
}

/** The message of anything thrown, as one line. */
export function reason(error: unknown): string {
  return joined(error instanceof Error ? error.message : String(error)).trim();
}

/** Longest stretch of a foreign value in a message: more says no more about the mistake. */
const SHOWN = 80;

/** A value out of a file for a message. */
export function shown(value: unknown): string {
  return bounded(jsonOf(value), SHOWN);
}

/** A value as JSON; one that is nested too deep for that, and what JSON does not know, in a word. */
export function jsonOf(value: unknown): string {
  if (typeof value === 'number') return String(value); // NaN, too
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return Array.isArray(value) ? 'a list' : 'an object';
  }
}
