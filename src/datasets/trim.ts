/**
 * Text without ASCII white space at its ends: tokenised datasets have a blank before the newline. Nothing else is removed: Python's strip
 * would remove U+0085 and U+00A0 too, JavaScript's trim U+FEFF, and those are text.
 */
export function trimAscii(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

/** Blank, \t \n \v \f \r. */
function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}
