import { must, shown } from './json-node.ts';

const BEHAVIORS = ['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'] as const;

/** What happens to the delimiters where a text is split (`SplitDelimiterBehavior` of the `tokenizers` library). */
export type SplitBehavior = (typeof BEHAVIORS)[number];

export function asBehavior(value: unknown, fallback: SplitBehavior): SplitBehavior {
  const behavior = value === undefined ? fallback : BEHAVIORS.find((name) => name === value);
  must(behavior !== undefined, `behavior ${shown(value)} is not one of ${BEHAVIORS.join(', ')}`);
  return behavior;
}

interface Span {
  readonly text: string;
  readonly delimiter: boolean;
}

/** Splits a text where a global pattern matches; with `invert`, where it does not. */
export function split(
  text: string,
  { pattern, behavior, invert = false }: { pattern: RegExp; behavior: SplitBehavior; invert?: boolean },
): string[] {
  const spans = spansOf(text, pattern, invert);
  switch (behavior) {
    case 'Removed':
      return spans.flatMap(({ text: span, delimiter }) => (delimiter ? [] : [span]));
    case 'Isolated':
      return spans.map((span) => span.text);
    case 'Contiguous':
      return joined(spans, (span, before) => span.delimiter === before.delimiter);
    case 'MergedWithPrevious':
      return joined(spans, (span, before) => span.delimiter && !before.delimiter);
    case 'MergedWithNext':
      return joined(spans, (span, before) => !span.delimiter && before.delimiter);
    default:
      return behavior satisfies never;
  }
}

/** The text in order, without empty parts. */
function spansOf(text: string, pattern: RegExp, invert: boolean): Span[] {
  const spans: Span[] = [];
  let done = 0;
  for (const { 0: match, index } of text.matchAll(pattern)) {
    if (match === '') continue;
    if (done < index) spans.push({ text: text.slice(done, index), delimiter: invert });
    spans.push({ text: match, delimiter: !invert });
    done = index + match.length;
  }
  if (done < text.length) spans.push({ text: text.slice(done), delimiter: invert });
  return spans;
}

/** Parts of the text, with spans joined that belong together. */
function joined(spans: readonly Span[], joins: (span: Span, before: Span) => boolean): string[] {
  const pieces: string[] = [];
  for (const [i, span] of spans.entries()) {
    if (i > 0 && joins(span, spans[i - 1]!)) pieces[pieces.length - 1] += span.text;
    else pieces.push(span.text);
  }
  return pieces;
}
