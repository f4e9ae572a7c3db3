import vm from 'node:vm';
import { HarnessError, reason } from '../../errors.ts';
import { shown } from './json-node.ts';

/** Far more than any tokenizer needs for one text, on any machine. */
const MILLISECONDS = 5000;

/**
 * A regular expression from a file, safe to run: unchanged if it cannot take long, else one that aborts after five seconds with an error of
 * code TOKENIZER. An expression like (?:a+)+b can take forever on a short text.
 */
export function bounded(pattern: RegExp): RegExp {
  return isQuick(pattern.source) ? pattern : new BoundedPattern(pattern);
}

/** Escapes and classes as units, then grouping and repetition; anything else one character at a time. */
const TOKENS = /\\[pPuk][{<][^}>]*[}>]|\\.|\[(?:\\.|[^\]\\])*\]|\{\d+(?:,\d*)?\}|./gsu;

/**
 * Whether each alternative has at most one repetition and two optional parts, and no group is repeated or referenced: then an attempt at
 * one position takes about as many steps as the text has characters. GPT-2's expression is like that.
 */
export function isQuick(source: string): boolean {
  let depth = 0;
  let repeats = 0;
  let options = 0;
  let before = '';
  for (const [token] of source.matchAll(TOKENS)) {
    if (token === '(') depth++;
    else if (token === ')') depth--;
    else if (token === '|' && depth === 0) repeats = options = 0;
    else if (token === '?' && before !== '(') options++;
    else if (/^[*+]$|^\{/.test(token)) {
      if (before === ')') return false;
      repeats++;
    } else if (/^\\[1-9k]/.test(token)) return false;
    if (repeats > 1 || options > 2) return false;
    before = token;
  }
  return true;
}

/** Delegates to `vm`, which aborts when it takes too long. */
class BoundedPattern extends RegExp {
  // Copies made by RegExp methods are plain.
  static override get [Symbol.species](): RegExpConstructor {
    return RegExp;
  }

  override [Symbol.matchAll](text: string): RegExpStringIterator<RegExpExecArray> {
    return this.#inTime(() => [...super[Symbol.matchAll](text)]).values();
  }

  override [Symbol.replace](text: string, replacement: string | ((substring: string, ...args: unknown[]) => string)): string {
    return this.#inTime(() => super[Symbol.replace](text, replacement as string));
  }

  #inTime<T>(work: () => T): T {
    try {
      API_NAMES.work = work;
      return CALL.runInContext(API_NAMES, { timeout: MILLISECONDS }) as T;
    } catch (error) {
      const slow = (error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
      const why = slow ? `takes more than ${MILLISECONDS / 1000} seconds for one text` : `cannot be run (${reason(error)})`;
      throw new HarnessError(
        'TOKENIZER',
        { what: `The tokenizer's pattern ${shown(this.source)} ${why}.`, hint: 'Download the tokenizer from its publisher.' },
        { cause: error },
      );
    }
  }
}

const CALL = new vm.Script('work()');
const API_NAMES = vm.createContext({}) as { work?: () => unknown };
