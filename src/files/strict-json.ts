import { jsonFault } from './json-text.ts';

/**
 * A JSON value, read as JSON.parse does, but refused if an object has a duplicate key: JSON.parse would silently keep the last. Throws
 * SyntaxError, and TypeError if the bytes are not UTF-8.
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  const value: unknown = JSON.parse(text);
  const fault = jsonFault(text);
  if (fault !== undefined) throw new SyntaxError(fault.what);
  return value;
}
