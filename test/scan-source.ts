export interface SourceText {
  readonly line: number;
  readonly text: string;
}

/** What a regular expression may follow; `!` after a value is a non-null assertion, and `/` after it divides. */
const REGEX_MAY_FOLLOW = /(?:[({[,;=:?&|+\-*~^<>%]|(?<![\w)\]])!|=>|\b(?:return|typeof|case|in|of))\s*$/;

/** String literals of a TypeScript source, templates with their expressions as `…`. */
export function stringLiterals(source: string): SourceText[] {
  return scan(source).literals;
}

/** Comments of a TypeScript source without their `//`, `/*` and ` * `, each on one line; consecutive `//` lines are one comment. */
export function comments(source: string): SourceText[] {
  return scan(source).comments.map(({ line, text }) => ({ line, text: plain(text) }));
}

function plain(comment: string): string {
  return comment
    .replaceAll(/^\s*(?:\/\/+|\/\*+|\*\/|\*)|\*+\/$/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function scan(source: string): { literals: SourceText[]; comments: SourceText[] } {
  const literals: SourceText[] = [];
  const found: SourceText[] = [];
  let at = 0;
  const lineOf = (index: number) => source.slice(0, index).split('\n').length;
  const code = (insideTemplate: boolean): void => {
    let depth = 0;
    let before = '';
    while (at < source.length) {
      const [, comment] = /^(\/\/[^\n]*(?:\n[^\S\n]*\/\/[^\n]*)*|\/\*[^]*?\*\/)/.exec(source.slice(at, at + 8000)) ?? [];
      const char = source[at]!;
      if (comment !== undefined) {
        found.push({ line: lineOf(at), text: comment });
        at += comment.length;
      } else if (char === "'" || char === '"') quoted(char);
      else if (char === '`') template();
      else if (char === '/' && (before.trim() === '' || REGEX_MAY_FOLLOW.test(before))) pattern();
      else {
        if (char === '}' && insideTemplate && depth === 0) return;
        depth += char === '{' ? 1 : char === '}' ? -1 : 0;
        before = (before + char).slice(-12);
        at++;
        continue;
      }
      if (comment === undefined) before = 'x';
    }
  };
  const quoted = (quote: string): void => {
    const begin = at++;
    while (at < source.length && source[at] !== quote) at += source[at] === '\\' ? 2 : 1;
    literals.push({ line: lineOf(begin), text: source.slice(begin + 1, at++) });
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
    literals.push({ line: lineOf(begin), text });
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
  return { literals, comments: found };
}
