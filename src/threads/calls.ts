import { reason, type CodedComplaint } from '../errors.ts';

/**
 * What a thread can be asked, by name: its worker file declares that once, and whoever calls it has the types. A call takes plain data,
 * may tell of its progress, and gives plain data, or buffers that move (see `moved`).
 */
export type Calls = Readonly<Record<string, (params: never, tell: (progress: unknown) => void) => unknown>>;

type Call = Calls[string];

export type ParamsOf<C extends Call> = Parameters<C>[0];
export type ProgressOf<C extends Call> = Parameters<C> extends [unknown, (progress: infer Progress) => void] ? Progress : never;
export type ResultOf<C extends Call> = Awaited<ReturnType<C>> extends Moved<infer Value> ? Value : Awaited<ReturnType<C>>;

/** A result whose buffers are the caller's afterwards, not copied. */
export class Moved<T> {
  readonly value: T;
  readonly buffers: readonly ArrayBuffer[];

  constructor(value: T, buffers: readonly ArrayBuffer[]) {
    this.value = value;
    this.buffers = buffers;
  }
}

/** `value`, with the whole buffers of these arrays moved. */
export function moved<T>(value: T, arrays: readonly ArrayBufferView[]): Moved<T> {
  return new Moved(
    value,
    arrays.map(({ buffer }) => buffer as ArrayBuffer),
  );
}

/** What a thread is asked. */
export interface Question {
  readonly id: number;
  readonly name: string;
  readonly params: unknown;
}

/** What it says. */
export type Answer =
  | { readonly kind: 'progress'; readonly id: number; readonly progress: unknown }
  | { readonly kind: 'done'; readonly id: number; readonly value: unknown }
  /** An error of ours, which keeps its code. */
  | { readonly kind: 'complaint'; readonly id: number; readonly complaint: CodedComplaint }
  /** Anything else that was thrown. */
  | { readonly kind: 'failed'; readonly id: number; readonly why: string };

/** A message for the middle of a sentence. */
export function half(error: unknown): string {
  return reason(error).replace(/\.$/, '');
}
