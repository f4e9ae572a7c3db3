import { bounded } from './bounded-pattern.ts';
import { SplitPreTokenizer } from './library.ts';
import { asJsonNode, must, shown } from './json-node.ts';

/** A `pattern` of a tokenizer.json, { String } or { Regex }, as a global regular expression. */
export function asPattern(value: unknown): RegExp {
  const pattern = asJsonNode(value, 'pattern');
  const { Regex: regex, String: literal } = pattern;
  if (typeof literal === 'string' && literal !== '') return new RegExp(literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'gu');
  must(typeof regex === 'string', 'pattern has neither a Regex nor a String');
  // The library translates Oniguruma's expressions to JavaScript.
  const compiled = new SplitPreTokenizer({ type: 'Split', pattern: { Regex: regex }, behavior: 'isolated', invert: true }).pattern;
  must(compiled !== null, `pattern ${shown(regex)} is not a regular expression`);
  return bounded(compiled);
}
