import { reason, type CodedComplaint } from '../errors.ts';

/**
 * The calls of a thread, by name: its worker file declares them once, and callers get the types. A call takes plain data, may report
 * progress, and returns plain data, or buffers that are transferred (see `moved`), at once or later (see `later`).
 */
export type Calls = Readonly<Record<string, (params: never, tell: (progress: unknown) => void) => unknown>>;

type Call = Calls[string];

export type ParamsOf<C extends Call> = Parameters<C>[0];
export type ProgressOf<C extends Call> = Parameters<C> extends [unknown, (progress: infer Progress) => void] ? Progress : never;
export type ResultOf<C extends Call> = Sent<Awaited<ReturnType<C>>>;
type Sent<T> = T extends Later<infer Value> ? Sent<Value> : T extends Moved<infer Value> ? Value : T;

/** A result whose buffers are transferred to the caller, not copied. */
export class Moved<T> {
  readonly value: T;
  readonly buffers: readonly ArrayBuffer[];

  constructor(value: T, buffers: readonly ArrayBuffer[]) {
    this.value = value;
    this.buffers = buffers;
  }
}

/** `value`, with the whole buffers of these arrays transferred. */
export function moved<T>(value: T, arrays: readonly ArrayBufferView[]): Moved<T> {
  return new Moved(
    value,
    arrays.map(({ buffer }) => buffer as ArrayBuffer),
  );
}

/** An answer that is not known when the call returns: the next call begins in the meantime. */
export class Later<T> {
  readonly answer: Promise<T>;

  constructor(answer: Promise<T>) {
    this.answer = answer;
  }
}

export function later<T>(answer: Promise<T>): Later<T> {
  return new Later(answer);
}

/** A request to a thread. */
export interface Question {
  readonly id: number;
  readonly name: string;
  readonly params: unknown;
}

/** A response of a thread. */
export type Answer =
  | { readonly kind: 'progress'; readonly id: number; readonly progress: unknown }
  | { readonly kind: 'done'; readonly id: number; readonly value: unknown }
  /** An error of this package, which keeps its code. */
  | { readonly kind: 'complaint'; readonly id: number; readonly complaint: CodedComplaint }
  /** Anything else that was thrown. */
  | { readonly kind: 'failed'; readonly id: number; readonly why: string };

/** A message for the middle of a sentence. */
export function half(error: unknown): string {
  return reason(error).replace(/\.$/, '');
}
