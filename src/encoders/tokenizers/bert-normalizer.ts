export interface BertNormalizerOptions {
  /** Removes control characters and replaces all white space by blanks. */
  readonly cleanText: boolean;
  /** Puts blanks around each ideograph. */
  readonly handleChineseChars: boolean;
  /** null: the value of `lowercase`. */
  readonly stripAccents: boolean | null;
  readonly lowercase: boolean;
}

const PLAIN = /^[ -~\t\n\r]*$/;
const LINE_SPACE = /[\t\n\r]/g;
/** Includes U+0085 and U+FEFF: they are removed, and the adjacent words joined. */
const REMOVED = /[\0\uFFFD]|(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}]/gu;
const SPACE = /\p{White_Space}/gu;
/** CJK ideographs as listed by the original BERT, including the gap from U+2B820 to U+2B91F. */
const IDEOGRAPH =
  /[\u4E00-\u9FFF\u3400-\u4DBF\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B920}-\u{2CEAF}\uF900-\uFAFF\u{2F800}-\u{2FA1F}]/gu;
const ACCENT = /\p{Mn}/gu;

/** `BertNormalizer` of the `tokenizers` library. */
export function bertNormalizer({
  cleanText,
  handleChineseChars,
  stripAccents,
  lowercase,
}: BertNormalizerOptions): (text: string) => string {
  return (text) => {
    if (PLAIN.test(text)) {
      const blanks = cleanText ? text.replace(LINE_SPACE, ' ') : text;
      return lowercase ? blanks.toLowerCase() : blanks;
    }
    let out = text;
    if (cleanText) out = out.replace(REMOVED, '').replace(SPACE, ' ');
    if (handleChineseChars) out = out.replace(IDEOGRAPH, ' $& ');
    if (stripAccents ?? lowercase) out = out.normalize('NFD').replace(ACCENT, '');
    return lowercase ? lowerCase(out) : out;
  };
}

/** Lower case character by character: Σ becomes σ at a word's end too, where toLowerCase() would write ς. */
export function lowerCase(text: string): string {
  return text.replaceAll('Σ', 'σ').toLowerCase();
}
