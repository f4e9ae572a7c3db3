import { quoted } from '../../tensors/refusal.ts';

/** Result of a pickle. */
export type PickleValue = null | boolean | number | bigint | string | Uint8Array | PickleObject;

/** Any value that is not plain; extended by the results of a caller's functions. */
export abstract class PickleObject {
  /** For messages: "a dict". */
  abstract get kind(): string;
}

export class PickleTuple extends PickleObject {
  readonly items: readonly PickleValue[];

  constructor(items: readonly PickleValue[]) {
    super();
    this.items = items;
  }

  get kind(): string {
    return 'a tuple';
  }
}

export class PickleList extends PickleObject {
  readonly items: PickleValue[] = [];

  get kind(): string {
    return 'a list';
  }
}

/** A dict in insertion order; a key set twice occurs twice. */
export class PickleDict extends PickleObject {
  /** Key, value, key, value, … */
  readonly items: PickleValue[] = [];

  get kind(): string {
    return 'a dict';
  }
}

/** Makes a value from arguments; undefined if they are invalid. */
export type PickleCall = (args: readonly PickleValue[]) => PickleValue | undefined;

/** A class or function that a pickle may name. Without `call` it may only be named. */
export class PickleGlobal extends PickleObject {
  /** Such as "collections.OrderedDict". */
  readonly name: string;
  readonly call: PickleCall | undefined;

  constructor(name: string, call?: PickleCall) {
    super();
    this.name = name;
    this.call = call;
  }

  get kind(): string {
    return 'a class or function';
  }
}

/** A value for a message. */
export function shown(value: PickleValue): string {
  if (typeof value === 'string') return quoted(value);
  if (value instanceof Uint8Array) return 'bytes';
  return value instanceof PickleObject ? value.kind : String(value);
}
