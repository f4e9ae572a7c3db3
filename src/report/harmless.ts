import { stripVTControlCharacters } from 'node:util';

/** Bold, the only escape sequence that tables use. */
const BOLD = new RegExp(String.raw`(\u001B\[(?:1|22)m)`);

/**
 * Makes text safe for a terminal, whatever names and texts from files it contains: newlines, tabs and bold stay, all other control
 * characters and bidirectional formatting characters are removed. The last line of defence: what is put into a line is made `printable`
 * before.
 */
export function harmless(text: string): string {
  return text
    .split(BOLD)
    .map((part, at) =>
      at % 2 === 1
        ? part
        : stripVTControlCharacters(part)
            .replace(/[\u2028\u2029\u0085]/g, ' ')
            .replace(/[\p{Cc}\u061C\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/gu, (mark) =>
              mark === '\n' || mark === '\t' ? mark : '',
            ),
    )
    .join('');
}

const RAW = Symbol('raw');

/** A stream that only safe text is written to; with `tty`, only if it is a terminal: files get the exact bytes. */
export function harmlessStream(stream: NodeJS.WriteStream, { tty = false }: { readonly tty?: boolean } = {}): NodeJS.WriteStream {
  const write = (text: string | Uint8Array, ...more: never[]): boolean =>
    stream.write(typeof text === 'string' && (!tty || stream.isTTY) ? harmless(text) : text, ...more);
  return new Proxy(stream, {
    get: (target, property) => {
      if (property === RAW) return target;
      if (property === 'write') return write;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** The underlying stream, for code that moves the cursor. */
export function rawOf(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  return (stream as NodeJS.WriteStream & { readonly [RAW]?: NodeJS.WriteStream })[RAW] ?? stream;
}
