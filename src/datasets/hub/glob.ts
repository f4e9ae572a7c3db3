/**
 * File patterns of a dataset card, with the semantics of fsspec's glob: `*` and `?` stay within a name, `[…]` is a character class, and
 * `**` is any folders, or at the end any files below. Matched with two pointers, not with a regular expression: a pattern is untrusted
 * input, and matching must take at most the product of its length and the path's.
 */
export function matches(pattern: string, path: string): boolean {
  const parts = pattern.split('/');
  // `**` at the end matches at least one name.
  if (parts.at(-1) === '**') parts.push('*');
  return walk(
    parts,
    path.split('/'),
    (part) => part === '**',
    (part, name) => (part === '*' ? name !== '' : nameMatches(part, name)),
  );
}

export function isPattern(text: string): boolean {
  return /[*?[]/.test(text);
}

/** Whether a pattern explicitly names a hidden or special file: no star matches these, as in `datasets`. */
export function asksFor(pattern: string, path: string): boolean {
  return hidden(pattern) === hidden(path) && special(pattern) === special(path);
}

function hidden(path: string): number {
  return path.split('/').filter((name) => name.startsWith('.') && /[^.]/.test(name)).length;
}

/** Folders such as `__pycache__`. */
function special(path: string): number {
  return path
    .split('/')
    .slice(0, -1)
    .filter((name) => name.startsWith('__')).length;
}

function nameMatches(pattern: string, name: string): boolean {
  return walk(
    tokens(pattern),
    [...name],
    (token) => token === '*',
    (token, letter) => token === '?' || (token.length > 1 ? inClass(token, letter) : token === letter),
  );
}

/** Greedy, with one backtracking position: what a later star can match, an earlier one need not. A star matches any number of items. */
function walk(
  pattern: readonly string[],
  items: readonly string[],
  isStar: (part: string) => boolean,
  fits: (part: string, item: string) => boolean,
): boolean {
  let [p, i, star, mark] = [0, 0, -1, 0];
  while (i < items.length) {
    const part = pattern[p];
    if (part !== undefined && isStar(part)) {
      [star, mark] = [p++, i];
    } else if (part !== undefined && fits(part, items[i]!)) {
      p++;
      i++;
    } else if (star >= 0) {
      p = star + 1;
      i = ++mark;
    } else {
      return false;
    }
  }
  return pattern.slice(p).every(isStar);
}

/** Characters, `*`, `?` and whole classes; an unclosed bracket is literal. */
function tokens(pattern: string): string[] {
  const letters = [...pattern];
  const found: string[] = [];
  for (let at = 0; at < letters.length; at++) {
    const letter = letters[at]!;
    const end = letter === '[' ? letters.indexOf(']', at + (letters[at + 1] === '!' || letters[at + 1] === '^' ? 3 : 2)) : -1;
    if (end < 0) {
      found.push(letter);
    } else {
      found.push(letters.slice(at, end + 1).join(''));
      at = end;
    }
  }
  return found;
}

function inClass(token: string, letter: string): boolean {
  const not = token[1] === '!' || token[1] === '^';
  const inside = Array.from(token.slice(not ? 2 : 1, -1));
  let found = false;
  for (let at = 0; at < inside.length; at++) {
    const last = inside[at + 1] === '-' ? inside[at + 2] : undefined;
    if (last === undefined) found ||= inside[at] === letter;
    else {
      found ||= inside[at]! <= letter && letter <= last;
      at += 2;
    }
  }
  return found !== not;
}
