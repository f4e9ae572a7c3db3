import { stripVTControlCharacters } from 'node:util';

/** What stands in bold, the only mark that the tables set. */
const BOLD = new RegExp(String.raw`(\u001B\[(?:1|22)m)`);

/**
 * Text for a terminal, whatever names and texts from files it holds: lines, tabs and bold stay, every other control character and mark
 * that turns the direction of text is left out. The last guard: what is put into a line goes through `printable` before.
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

/** A stream that only harmless text is written to; with `tty`, where it is a terminal alone: files get the very bytes. */
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
