/** The position of a syntax error in a JSON text, which JSON.parse does not always report, or of a duplicate key, which it never does. */
export interface JsonFault {
  /** Line of the text, from 1. */
  readonly line: number;
  readonly what: string;
}

/** Maximum characters of a key that a message shows. */
const LONGEST = 100;
const SPACE = /[ \t\r\n]*/y;
/** A run of string contents, no longer than a regular expression's stack allows. */
const STRETCH = /(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})){1,10000}/uy;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** The first fault of a JSON text; undefined if it has none. */
export function jsonFault(text: string): JsonFault | undefined {
  let at = 0;
  const fault = (what: string): JsonFault => ({ line: text.slice(0, at).split('\n').length, what });
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  const takeString = (): string | undefined => {
    const start = at;
    if (text[at] === '"') {
      at++;
      while (take(STRETCH) !== undefined);
      if (text[at] === '"') return text.slice(start, ++at);
    }
    at = start;
    return undefined;
  };
  const shown = (): string => {
    if (at >= text.length) return 'the end of the file';
    const word = /^(?:[\w.+-]+|"[^"\n]*"?|.)/su.exec(text.slice(at, at + 40))![0];
    return word.startsWith('"') ? word : `"${word}"`;
  };

  /** Open containers: the keys seen so far of an object, undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  let expected: 'value' | 'first-key' | 'key' | 'first-item' | 'after' = 'value';
  for (;;) {
    take(SPACE);
    const next = text[at];
    switch (expected) {
      case 'first-key':
      case 'key': {
        if (next === '}' && expected === 'first-key') {
          at++;
          open.pop();
          expected = 'after';
          break;
        }
        const start = at;
        const name = takeString();
        if (name === undefined) {
          return fault(`expected a key in double quotes, got ${shown()}${next === '}' ? ' after a comma' : ''}`);
        }
        const keys = open.at(-1)!;
        const word = JSON.parse(name) as string;
        if (keys.has(word)) {
          at = start;
          return fault(`the key ${name.length > LONGEST ? `${name.slice(0, LONGEST)}…` : name} is given twice`);
        }
        keys.add(word);
        take(SPACE);
        if (text[at] !== ':') return fault(`":" must follow the key ${name}, got ${shown()}`);
        at++;
        expected = 'value';
        break;
      }
      case 'first-item':
      case 'value': {
        if (next === ']' && expected === 'first-item') {
          at++;
          open.pop();
          expected = 'after';
        } else if (next === '{' || next === '[') {
          at++;
          open.push(next === '{' ? new Set() : undefined);
          expected = next === '{' ? 'first-key' : 'first-item';
        } else if (takeString() !== undefined || take(SCALAR) !== undefined) {
          expected = 'after';
        } else {
          return fault(`expected a value, got ${shown()}`);
        }
        break;
      }
      case 'after': {
        if (open.length === 0) return at < text.length ? fault(`nothing may follow, got ${shown()}`) : undefined;
        const object = open.at(-1) !== undefined;
        if (next === ',') {
          at++;
          expected = object ? 'key' : 'value';
        } else if (next === (object ? '}' : ']')) {
          at++;
          open.pop();
        } else {
          return fault(`"," or "${object ? '}' : ']'}" expected here, got ${shown()}`);
        }
        break;
      }
      default:
        expected satisfies never;
    }
  }
}
