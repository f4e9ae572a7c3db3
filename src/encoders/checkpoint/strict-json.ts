/**
 * A JSON value, read as JSON.parse does, but refused where an object has a key twice: JSON.parse would keep the last and say
 * nothing. Throws SyntaxError, and TypeError where the bytes are no UTF-8.
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  const value: unknown = JSON.parse(text);
  refuseRepeatedKeys(text);
  return value;
}

/** Walks over text that is known to be JSON: there, a string before a colon is a key of the innermost open object. */
function refuseRepeatedKeys(text: string): void {
  const open: Set<string>[] = [];
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '{') open.push(new Set());
    else if (text[at] === '}') open.pop();
    else if (text[at] === '"') {
      const end = stringEnd(text, at);
      if (text[spaceEnd(text, end)] === ':') addKey(open.at(-1)!, text.slice(at, end));
      at = end - 1;
    }
  }
}

function addKey(keys: Set<string>, literal: string): void {
  const key = JSON.parse(literal) as string;
  if (keys.has(key)) throw new SyntaxError(`key ${literal.slice(0, 100)} stands there twice`);
  keys.add(key);
}

/** Behind the closing quote of the string that opens at `at`. No regular expression: a string of millions of escapes would exhaust its stack. */
function stringEnd(text: string, at: number): number {
  let end = at + 1;
  while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end + 1;
}

function spaceEnd(text: string, at: number): number {
  let end = at;
  while (' \t\r\n'.includes(text[end] ?? '.')) end++;
  return end;
}
