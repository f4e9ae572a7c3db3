/** Every error that a person can cause or meet. The message is one line: where, what, how to mend. */

export type ErrorCode =
  | 'OPTION' // a flag or its value
  | 'REGISTRY' // models.json, datasets.json, suites.json
  | 'UNKNOWN_NAME' // no such encoder, data set, pooling, …
  | 'SOURCE' // a file that no source gave
  | 'OFFLINE' // the network was needed and is off or out of reach
  | 'CHECKSUM'
  | 'FORMAT' // a file that is not what it should be
  | 'DATA' // a data set that cannot be scored
  | 'GRAPH' // an ONNX graph that cannot be used
  | 'TOKENIZER'
  | 'SHAPE'
  | 'TRAINING' // a run that cannot go on
  | 'OUTPUT' // results that cannot be written
  | 'STORE'
  | 'INTERNAL';

export interface Complaint {
  /** What is wrong, a sentence. */
  readonly what: string;
  /** file:line, `models.json: key.field`, or `--flag`. */
  readonly where?: string | undefined;
  /** What to do about it, a sentence. */
  readonly mend?: string | undefined;
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

function oneLine({ where, what, mend }: Complaint): string {
  const text = `${where === undefined ? '' : `${where}: `}${what}${mend === undefined ? '' : ` ${mend}`}`;
  return text.replace(/\s*[\r\n]+\s*/g, ' ');
}

/** The message of anything thrown, as one line. */
export function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s*[\r\n]+\s*/g, ' ').trim();
}
