export interface Literal {
  readonly line: number;
  readonly text: string;
}

/** What a pattern may follow; `!` behind a value is a non-null assertion, and `/` behind it divides. */
const REGEX_MAY_FOLLOW = /(?:[({[,;=:?&|+\-*~^<>%]|(?<![\w)\]])!|=>|\b(?:return|typeof|case|in|of))\s*$/;

/** String literals of a TypeScript source, templates with their expressions as `…`; comments and regular expressions are passed over. */
export function stringLiterals(source: string): Literal[] {
  const found: Literal[] = [];
  let at = 0;
  const lineOf = (index: number) => source.slice(0, index).split('\n').length;
  /** The end of a comment, string or pattern that begins here, in code. */
  const code = (insideTemplate: boolean): void => {
    let depth = 0;
    let before = '';
    while (at < source.length) {
      const [, skipped] = /^(\/\/[^\n]*|\/\*[^]*?\*\/)/.exec(source.slice(at, at + 8000)) ?? [];
      const char = source[at]!;
      if (skipped !== undefined) at += skipped.length;
      else if (char === "'" || char === '"') quoted(char);
      else if (char === '`') template();
      else if (char === '/' && (before.trim() === '' || REGEX_MAY_FOLLOW.test(before))) pattern();
      else {
        if (char === '}' && insideTemplate && depth === 0) return;
        depth += char === '{' ? 1 : char === '}' ? -1 : 0;
        before = (before + char).slice(-12);
        at++;
        continue;
      }
      if (skipped === undefined) before = 'x';
    }
  };
  const quoted = (quote: string): void => {
    const begin = at++;
    while (at < source.length && source[at] !== quote) at += source[at] === '\\' ? 2 : 1;
    found.push({ line: lineOf(begin), text: source.slice(begin + 1, at++) });
  };
  const template = (): void => {
    const begin = at++;
    let text = '';
    while (at < source.length && source[at] !== '`') {
      if (source.startsWith('${', at)) {
        at += 2;
        code(true);
        text += '…';
        at++;
      } else {
        const width = source[at] === '\\' ? 2 : 1;
        text += source.slice(at, at + width);
        at += width;
      }
    }
    at++;
    found.push({ line: lineOf(begin), text });
  };
  const pattern = (): void => {
    let inClass = false;
    at++;
    while (at < source.length && (source[at] !== '/' || inClass)) {
      if (source[at] === '[') inClass = true;
      if (source[at] === ']') inClass = false;
      at += source[at] === '\\' ? 2 : 1;
    }
    at++;
  };
  code(false);
  return found;
}
