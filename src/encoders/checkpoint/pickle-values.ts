import { quoted } from '../../tensors/refusal.ts';

/** What a pickle makes. */
export type PickleValue = null | boolean | number | bigint | string | Uint8Array | PickleObject;

/** Whatever is no plain value; what a caller's functions make extends it. */
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

/** A dict in the order of its making; a key set twice stands there twice. */
export class PickleDict extends PickleObject {
  /** Key, value, key, value, … */
  readonly items: PickleValue[] = [];

  get kind(): string {
    return 'a dict';
  }
}

/** Makes a value of arguments; undefined where they are not what it takes. */
export type PickleCall = (args: readonly PickleValue[]) => PickleValue | undefined;

/** A class or function that a pickle may name. One without `call` may only be named. */
export class PickleGlobal extends PickleObject {
  /** As "collections.OrderedDict". */
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
