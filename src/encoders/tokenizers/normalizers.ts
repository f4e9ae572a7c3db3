import { bertNormalizer, lowerCase } from './bert-normalizer.ts';
import { asFlag, asJsonNodes, asString, shown, type JsonNode } from './json-node.ts';
import { asPattern } from './pattern.ts';
import { PrecompiledCharsmap } from './precompiled-charsmap.ts';
import { spaceAfter, spaceBefore } from './unicode-classes.ts';
import { own } from '../../own.ts';

export type Normalize = (text: string) => string;

/** The `normalizer` of a tokenizer.json. Throws an Error with a sentence if unsupported. */
export function normalizerOf(node: JsonNode | null): Normalize {
  if (node === null) return (text) => text;
  const make = typeof node['type'] === 'string' ? own(NORMALIZERS, node['type']) : undefined;
  if (make === undefined) throw new Error(`normalizer ${shown(node['type'])} is not supported`);
  return make(node);
}

const NORMALIZERS: Readonly<Record<string, (node: JsonNode) => Normalize>> = {
  BertNormalizer: (node) =>
    bertNormalizer({
      cleanText: asFlag(node['clean_text'], true),
      handleChineseChars: asFlag(node['handle_chinese_chars'], true),
      stripAccents: typeof node['strip_accents'] === 'boolean' ? node['strip_accents'] : null,
      lowercase: asFlag(node['lowercase'], true),
    }),
  Lowercase: () => lowerCase,
  NFC: () => (text) => text.normalize('NFC'),
  NFD: () => (text) => text.normalize('NFD'),
  NFKC: () => (text) => text.normalize('NFKC'),
  NFKD: () => (text) => text.normalize('NFKD'),
  Nmt: () => (text) => text.replace(NMT_REMOVED, '').replace(NMT_SPACE, ' '),
  Precompiled: (node) => {
    const map = node['precompiled_charsmap'];
    // A model without a map.
    if (map === null || map === '') return (text) => text;
    const charsmap = new PrecompiledCharsmap(Buffer.from(asString(map, 'precompiled_charsmap'), 'base64'));
    return (text) => charsmap.normalize(text);
  },
  Prepend: (node) => {
    const prepend = asString(node['prepend'], 'prepend');
    return (text) => (text === '' ? '' : prepend + text);
  },
  Replace: (node) => {
    const pattern = asPattern(node['pattern']);
    const content = asString(node['content'], 'content');
    return (text) => text.replace(pattern, () => content);
  },
  Sequence: (node) => {
    const steps = asJsonNodes(node['normalizers'], 'normalizers').map(normalizerOf);
    return (text) => steps.reduce((normalized, step) => step(normalized), text);
  },
  Strip: (node) => {
    const left = asFlag(node['strip_left'], true);
    const right = asFlag(node['strip_right'], true);
    return (text) => {
      const start = left ? spaceAfter(text, 0) : 0;
      return text.slice(start, right ? Math.max(start, spaceBefore(text, text.length)) : undefined);
    };
  },
  StripAccents: () => (text) => text.replace(/\p{M}/gu, ''),
};

/** Control characters except white space, and NUL. */
const NMT_REMOVED = /(?![\0\t\n\f\r\u0080-\u008E\u0090-\u009E])\p{Cc}/gu;
const NMT_SPACE = /[\t\n\f\r\u1680\u200B-\u200F\u2028\u2029\u2581\uFEFF\uFFFD]/g;
