/** Every error that a user can cause or meet. The message is one line: where, what, how to fix it. */

export const ERROR_CODES = [
  'OPTION', // an option or its value
  'REGISTRY', // models.json, datasets.json, suites.json
  'UNKNOWN_NAME', // no such encoder, dataset, pooling, …
  'SOURCE', // a file that no source provided
  'OFFLINE', // the network was needed and is off or unreachable
  'CHECKSUM',
  'FORMAT', // a file with invalid contents
  'DATA', // a dataset that cannot be scored
  'GRAPH', // an ONNX graph that cannot be used
  'TOKENIZER',
  'SHAPE',
  'TRAINING', // a run that cannot continue
  'OUTPUT', // results that cannot be written
  'STORE',
  'INTERNAL',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export interface Complaint {
  /** What is wrong, one sentence. */
  readonly what: string;
  /** file:line, `models.json: key.field`, or an option as `option` names it. */
  readonly where?: string | undefined;
  /** How to fix it, one sentence. */
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
 * How a message names an option: in camel case, `labelColumn`. The command line prints --label-column instead, so that a message uses the
 * user's own spelling.
 */
export function option(name: string): string {
  return `\`${name}\``;
}

/** Maximum characters of each part of a message. One that quotes a file would otherwise be as long as the file. */
const MOST_LETTERS = 1000;

function oneLine({ where, what, hint }: Complaint): string {
  return [where === undefined ? '' : `${plain(where)}: `, plain(what), hint === undefined ? '' : ` ${plain(hint)}`].join('');
}

/** A bounded single line. Text from a file or server must not control a terminal: control characters are shown as their numbers. */
function plain(text: string): string {
  const line = joined(bounded(text, MOST_LETTERS));
  const plainLine = line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
  return bounded(plainLine, MOST_LETTERS);
}

/** The beginning of a text that is too long to show. */
export function bounded(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** Lines joined into one. No `\s*` around line ends: that takes quadratic time in the number of blanks. */
function joined(text: string): string {
  return /[\r\n]/.test(text)
    ? text
        .split(/[\r\n]+/)
        .map((line) => line.trim())
        .filter((line) => line !== '')
        .join(' ')
    : text;
}

/** A complaint and its code, as plain data: how a thread reports any error. */
export type CodedComplaint = Complaint & { readonly code: ErrorCode };

export function complaintOf(error: unknown): CodedComplaint {
  return error instanceof HarnessError ? { code: error.code, ...error.complaint } : { code: 'INTERNAL', what: reason(error) };
}

/** The message of any thrown value, as one line. */
export function reason(error: unknown): string {
  return joined(error instanceof Error ? error.message : String(error)).trim();
}

/** Maximum length of an untrusted value in a message: more does not help to understand the mistake. */
const SHOWN = 80;

/** A value from a file, for a message. */
export function shown(value: unknown): string {
  return bounded(jsonOf(value), SHOWN);
}

/** A value as JSON; one nested too deep for that, or unknown to JSON, is described in a word. */
export function jsonOf(value: unknown): string {
  if (typeof value === 'number') return String(value); // including NaN
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return Array.isArray(value) ? 'a list' : 'an object';
  }
}
