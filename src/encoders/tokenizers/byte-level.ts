const ENCODER = new TextEncoder();

/** Bytes that GPT-2 represents as themselves: printable Latin 1 characters, without the blank and the soft hyphen. */
const AS_THEMSELVES: readonly (readonly [number, number])[] = [
  [0x21, 0x7e],
  [0xa1, 0xac],
  [0xae, 0xff],
];

/** A character for each byte: the 68 others are numbered from U+0100. */
const ALPHABET: readonly string[] = (() => {
  let other = 0x100;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(AS_THEMSELVES.some(([from, to]) => byte >= from && byte <= to) ? byte : other++),
  );
})();

const PLAIN = /^[!-~]*$/;

/** A word's UTF-8 bytes in the alphabet of byte-level vocabularies (GPT-2, RoBERTa): a blank is Ġ. */
export function spellBytes(word: string): string {
  if (PLAIN.test(word)) return word;
  let out = '';
  for (const byte of ENCODER.encode(word)) out += ALPHABET[byte]!;
  return out;
}
