export interface BertNormalizerOptions {
  /** Removes control characters and makes every white space a blank. */
  readonly cleanText: boolean;
  /** Sets blanks around each ideograph. */
  readonly handleChineseChars: boolean;
  /** null: as `lowercase`. */
  readonly stripAccents: boolean | null;
  readonly lowercase: boolean;
}

const PLAIN = /^[ -~\t\n\r]*$/;
const LINE_SPACE = /[\t\n\r]/g;
/** U+0085 and U+FEFF are among them: they vanish, and the words beside them become one. */
const REMOVED = /[\0\uFFFD]|(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}]/gu;
const SPACE = /\p{White_Space}/gu;
/** CJK ideographs as the original BERT lists them, the gap from U+2B820 to U+2B91F included. */
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

/** Lower case character by character: a Σ is σ at a word's end too, where toLowerCase() would write ς. */
export function lowerCase(text: string): string {
  return text.replaceAll('Σ', 'σ').toLowerCase();
}
