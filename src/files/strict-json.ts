import { jsonFault } from './json-text.ts';

/**
 * A JSON value, read as JSON.parse does, but refused where an object has a key twice: JSON.parse would keep the last and say
 * nothing. Throws SyntaxError, and TypeError where the bytes are no UTF-8.
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  const value: unknown = JSON.parse(text);
  const fault = jsonFault(text);
  if (fault !== undefined) throw new SyntaxError(fault.what);
  return value;
}
