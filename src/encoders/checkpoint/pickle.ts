import { quoted } from '../../tensors/refusal.ts';
import { PickleDict, PickleGlobal, PickleList, PickleTuple, type PickleValue } from './pickle-values.ts';
import type { ByteStream } from '../../tensors/weights-file.ts';

export interface PickleRules {
  /** By full name, such as "collections.OrderedDict". All others are rejected by name. */
  readonly globals: ReadonlyMap<string, PickleGlobal>;
  /** Resolves a persistent id; undefined if invalid. */
  readonly persistent: (id: PickleValue) => PickleValue | undefined;
}

/**
 * Far more than weights need (about 30 operations per tensor, some hundred tensors), and a limit on memory, as each creates at most one
 * small value.
 */
const OPERATION_LIMIT = 2_000_000;
/** Class names are short. */
const LINE_LIMIT = 256;

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Opcodes of CPython's Lib/pickletools.py that occur in pickles of weights, protocols 2 to 5. */
const OP = {
  MARK: 0x28,
  EMPTY_TUPLE: 0x29,
  STOP: 0x2e,
  BINBYTES: 0x42,
  SHORT_BINBYTES: 0x43,
  BINFLOAT: 0x47,
  BININT: 0x4a,
  BININT1: 0x4b,
  BININT2: 0x4d,
  NONE: 0x4e,
  BINPERSID: 0x51,
  REDUCE: 0x52,
  BINSTRING: 0x54,
  SHORT_BINSTRING: 0x55,
  BINUNICODE: 0x58,
  EMPTY_LIST: 0x5d,
  APPEND: 0x61,
  BUILD: 0x62,
  GLOBAL: 0x63,
  APPENDS: 0x65,
  BINGET: 0x68,
  LONG_BINGET: 0x6a,
  BINPUT: 0x71,
  LONG_BINPUT: 0x72,
  SETITEM: 0x73,
  TUPLE: 0x74,
  SETITEMS: 0x75,
  EMPTY_DICT: 0x7d,
  PROTO: 0x80,
  TUPLE1: 0x85,
  TUPLE2: 0x86,
  TUPLE3: 0x87,
  NEWTRUE: 0x88,
  NEWFALSE: 0x89,
  LONG1: 0x8a,
  SHORT_BINUNICODE: 0x8c,
  BINUNICODE8: 0x8d,
  BINBYTES8: 0x8e,
  STACK_GLOBAL: 0x93,
  MEMOIZE: 0x94,
  FRAME: 0x95,
} as const;

/**
 * Reads the pickle at the stream's position; the stream is after it afterwards. A pickle is a program that calls what it names, so a full
 * reader lets a file run code. This one only calls the functions in `rules`, which only make values. Throws FORMAT for one that is broken,
 * names anything else, or takes more than OPERATION_LIMIT operations.
 */
export function unpickle(stream: ByteStream, rules: PickleRules): PickleValue {
  return new Machine(stream, rules).run();
}

/** CPython's pickle machine: a stack with marks, and a memo. It is not recursive, so nesting may be arbitrarily deep. */
class Machine {
  readonly #stream: ByteStream;
  readonly #rules: PickleRules;
  readonly #stack: PickleValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();

  constructor(stream: ByteStream, rules: PickleRules) {
    this.#stream = stream;
    this.#rules = rules;
  }

  run(): PickleValue {
    for (let count = 0; count < OPERATION_LIMIT; count++) {
      const op = this.#stream.byte();
      if (op === OP.STOP) return this.#pop();
      this.#step(op);
    }
    throw this.#refusal(`takes more than ${OPERATION_LIMIT} operations`);
  }

  #step(op: number): void {
    const stack = this.#stack;
    switch (op) {
      case OP.PROTO:
        return this.#protocol(this.#stream.byte());
      case OP.FRAME:
        return void this.#stream.bytes(8);
      case OP.MARK:
        return void this.#marks.push(stack.length);
      case OP.NONE:
        return void stack.push(null);
      case OP.NEWTRUE:
        return void stack.push(true);
      case OP.NEWFALSE:
        return void stack.push(false);
      case OP.BININT:
        return void stack.push(this.#stream.view(4).getInt32(0, true));
      case OP.BININT1:
        return void stack.push(this.#stream.byte());
      case OP.BININT2:
        return void stack.push(this.#stream.view(2).getUint16(0, true));
      case OP.LONG1:
        return void stack.push(this.#long(this.#stream.byte()));
      case OP.BINFLOAT:
        return void stack.push(this.#stream.view(8).getFloat64(0, false));
      case OP.BINUNICODE:
        return void stack.push(this.#text(this.#u32()));
      case OP.SHORT_BINUNICODE:
        return void stack.push(this.#text(this.#stream.byte()));
      case OP.BINUNICODE8:
        return void stack.push(this.#text(this.#u64()));
      // Python 2 strings, in the oldest files.
      case OP.BINSTRING:
        return void stack.push(this.#text(this.#u32()));
      case OP.SHORT_BINSTRING:
        return void stack.push(this.#text(this.#stream.byte()));
      case OP.BINBYTES:
        return void stack.push(this.#stream.bytes(this.#u32()).slice());
      case OP.SHORT_BINBYTES:
        return void stack.push(this.#stream.bytes(this.#stream.byte()).slice());
      case OP.BINBYTES8:
        return void stack.push(this.#stream.bytes(this.#u64()).slice());
      case OP.EMPTY_TUPLE:
        return void stack.push(new PickleTuple([]));
      case OP.TUPLE1:
        return void stack.push(new PickleTuple(this.#popMany(1)));
      case OP.TUPLE2:
        return void stack.push(new PickleTuple(this.#popMany(2)));
      case OP.TUPLE3:
        return void stack.push(new PickleTuple(this.#popMany(3)));
      case OP.TUPLE:
        return void stack.push(new PickleTuple(this.#popMarked()));
      case OP.EMPTY_LIST:
        return void stack.push(new PickleList());
      case OP.APPEND:
        return this.#append(this.#popMany(1));
      case OP.APPENDS:
        return this.#append(this.#popMarked());
      case OP.EMPTY_DICT:
        return void stack.push(new PickleDict());
      case OP.SETITEM:
        return this.#setItems(this.#popMany(2));
      case OP.SETITEMS:
        return this.#setItems(this.#popMarked());
      case OP.BINPUT:
        return this.#put(this.#stream.byte());
      case OP.LONG_BINPUT:
        return this.#put(this.#u32());
      case OP.MEMOIZE:
        return this.#put(this.#memo.size);
      case OP.BINGET:
        return this.#get(this.#stream.byte());
      case OP.LONG_BINGET:
        return this.#get(this.#u32());
      case OP.GLOBAL:
        return this.#global(this.#line(), this.#line());
      case OP.STACK_GLOBAL:
        return this.#stackGlobal(this.#popMany(2));
      case OP.BINPERSID:
        return this.#persistent(this.#pop());
      case OP.REDUCE:
        return this.#reduce(this.#popMany(2));
      case OP.BUILD:
        return this.#build(this.#pop());
      default:
        throw this.#refusal(
          `has the operation 0x${op.toString(16).padStart(2, '0')} before byte ${this.#stream.position}, which weights never need`,
        );
    }
  }

  #protocol(version: number): void {
    if (version < 2 || version > 5) throw this.#refusal(`has protocol ${version}; 2 to 5 are supported`);
  }

  /** A variable-length integer, two's complement. */
  #long(length: number): number | bigint {
    const digits = Buffer.from(this.#stream.bytes(length).toReversed()).toString('hex');
    const value = BigInt.asIntN(8 * length, BigInt(`0x${digits || '0'}`));
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  #u32(): number {
    return this.#stream.view(4).getUint32(0, true);
  }

  /** Not exact above 2 ** 53, which is larger than any file. */
  #u64(): number {
    return Number(this.#stream.view(8).getBigUint64(0, true));
  }

  #text(length: number): string {
    const bytes = this.#stream.bytes(length);
    try {
      return UTF8.decode(bytes);
    } catch {
      throw this.#refusal(`has a text before byte ${this.#stream.position} that is not UTF-8`);
    }
  }

  #line(): string {
    let line = '';
    for (let byte = this.#stream.byte(); byte !== 0x0a; byte = this.#stream.byte()) {
      if (line.length === LINE_LIMIT) throw this.#refusal(`has a name of more than ${LINE_LIMIT} characters`);
      line += String.fromCharCode(byte);
    }
    return line;
  }

  #pop(): PickleValue {
    return this.#popMany(1)[0]!;
  }

  #popMany(count: number): PickleValue[] {
    const floor = this.#marks.at(-1) ?? 0;
    if (this.#stack.length - count < floor) throw this.#broken();
    return this.#stack.splice(this.#stack.length - count);
  }

  #popMarked(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw this.#broken();
    return this.#stack.splice(mark);
  }

  /** The value on top of the stack, without popping it. */
  #top(): PickleValue {
    const top = this.#pop();
    this.#stack.push(top);
    return top;
  }

  #append(items: readonly PickleValue[]): void {
    const list = this.#top();
    if (!(list instanceof PickleList)) throw this.#broken();
    for (const item of items) list.items.push(item);
  }

  #setItems(items: readonly PickleValue[]): void {
    const dict = this.#top();
    if (!(dict instanceof PickleDict) || items.length % 2 !== 0) throw this.#broken();
    for (const item of items) dict.items.push(item);
  }

  #put(index: number): void {
    this.#memo.set(index, this.#top());
  }

  #get(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.#broken();
    this.#stack.push(value);
  }

  #stackGlobal([module, name]: readonly PickleValue[]): void {
    if (typeof module !== 'string' || typeof name !== 'string') throw this.#broken();
    this.#global(module, name);
  }

  #global(module: string, name: string): void {
    const found = this.#rules.globals.get(`${module}.${name}`);
    if (found === undefined) {
      const what = `It asks for ${quoted(`${module}.${name}`)}, which weights never need: it is not read.`;
      throw this.#stream.file.refusal(what, { hint: 'Get the weights from a source that you trust, preferably as safetensors.' });
    }
    this.#stack.push(found);
  }

  #persistent(id: PickleValue): void {
    const value = this.#rules.persistent(id);
    if (value === undefined) throw this.#broken();
    this.#stack.push(value);
  }

  #reduce([callee, args]: readonly PickleValue[]): void {
    if (!(callee instanceof PickleGlobal) || !(args instanceof PickleTuple)) throw this.#broken();
    const value = callee.call?.(args.items);
    if (value === undefined) throw this.#refusal(`calls ${quoted(callee.name)} in a way that weights never need`);
    this.#stack.push(value);
  }

  /** Sets attributes of an object. torch stores module versions on the dict of weights; none of it is needed. */
  #build(state: PickleValue): void {
    if (!(this.#top() instanceof PickleDict) || !(state instanceof PickleDict)) throw this.#broken();
  }

  #broken() {
    return this.#refusal(`is invalid at byte ${this.#stream.position}`);
  }

  #refusal(what: string) {
    return this.#stream.file.refusal(`Its pickle ${what}.`);
  }
}
