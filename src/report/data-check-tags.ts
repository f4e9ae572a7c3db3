import type { DataCheck } from '../datasets/check.ts';
import type { TagCheck } from '../datasets/check-tags.ts';
import { OUTSIDE } from '../tags/letters.ts';
import { bounded, nameCount, percent, plural, short } from './data-check-words.ts';
import { listed } from './text.ts';

/** Name of the tagging scheme; `plain` without one. */
export function schemeName({ found: { scheme } }: Pick<TagCheck, 'found'>): string {
  return scheme === undefined ? 'plain' : `${scheme.name}${scheme.bare ? ' without types' : ''}`;
}

/** The tags in the first line of a data check. */
export function tagWords({ classes, majority, testMajority, splits }: DataCheck, tags: TagCheck): string {
  const { words, found, spans } = tags;
  const frequent = classes.toSorted((a, b) => b.texts - a.texts);
  const names = `${plural(words, 'word')}, ${plural(classes.length, 'tag')}: ${bounded(frequent.map(nameCount))}`;
  const scheme =
    found.scheme === undefined ? 'plain tags, no scheme of spans' : `scheme ${schemeName(tags)}, ${plural(spans ?? 0, 'span')}`;
  const onTest = testMajority === undefined || splits.train + splits.dev === 0 ? '' : `, on test ${baseline(testMajority)}`;
  return `${names}; ${scheme}; ${majority === undefined ? '' : `always ${short(majority.class)} has ${baseline(majority)}${onTest}`}`;
}

type Baseline = NonNullable<DataCheck['majority']>;

function baseline({ accuracy, microF1 }: Baseline): string {
  // Without O both are the same number.
  return `accuracy ${percent(accuracy)}${microF1 === accuracy ? '' : ` and micro-F1 ${percent(microF1)} without O`}`;
}

/** Description of each kind of invalid tag sequence. */
const BROKEN: Readonly<Record<keyof TagCheck['found']['broken'], string>> = {
  unopened: 'inside or end where no span is open',
  changed: 'inside or end of another type than the span that is open',
  unclosed: 'span without its end',
  needless: 'begin or end that parts no two spans of a type',
};

/** Findings about tags. */
export function tagFindings({ tags, classes, splits, texts, findings: { alike, unseen } }: DataCheck): string[] {
  if (tags === undefined) return [];
  const { found, words, invisible } = tags;
  const lines: string[] = [];
  if (classes.length === 1) lines.push(`All words have the tag ${short(classes[0]!.name)}: at least two are required to score anything.`);
  const broken = (Object.keys(BROKEN) as (keyof typeof BROKEN)[]).filter((kind) => found.broken[kind] > 0);
  if (broken.length > 0) {
    const kinds = broken.map((kind) => `${found.broken[kind]} ${BROKEN[kind]}`);
    const stand = tags.broken === 1 ? 'stands' : 'stand';
    lines.push(`${tags.broken} of ${plural(words, 'tag')} ${stand} where ${schemeName(tags)} does not have them: ${listed(kinds)}.`);
  }
  if (found.told === 'form' && found.fitting > 0) {
    lines.push(
      `${found.fitting} of ${plural(words - found.outside, 'tag')} but O are a letter, a hyphen and a type, and ` +
        `${bounded(found.misfits.map((tag) => short(tag)))} ${found.misfits.length === 1 ? 'is' : 'are'} not: all are read as plain tags, and no spans of them.`,
    );
  }
  if (found.told === 'letters') {
    lines.push('All tags but O are a letter, a hyphen and a type, and no scheme has all their letters: they are read as plain tags.');
  }
  if (invisible > 0) {
    lines.push(
      `${invisible} of ${plural(words, 'word')} ${invisible === 1 ? 'has' : 'have'} no letter, digit or sign (white space, variation ` +
        'selectors): some encoders have no token for them.',
    );
  }
  if (alike.length > 0) {
    const groups = alike.map((names) => listed(names.map((name) => JSON.stringify(short(name)))));
    lines.push(`Tags that differ by case or white space alone: ${bounded(groups, '; ')}.`);
  }
  for (const { split, classes: absent } of unseen) {
    lines.push(
      `${split} has ${plural(absent.length, 'tag')} that train lacks: ${bounded(absent.map(nameCount))}. No classifier trained on train gives ` +
        `${absent.length === 1 ? 'it' : 'them'}.`,
    );
  }
  for (const split of ['dev', 'test'] as const) {
    if (splits[split] === 0 || classes.length === 1 || classes.some((each) => each.name !== OUTSIDE && each[split] > 0)) continue;
    const choosing = split === 'dev' ? ', and dev can choose neither an epoch nor an encoder' : '';
    lines.push(`No word of ${split} has a tag but O: F1 there is 0 whatever is predicted${choosing}.`);
  }
  if (splits.train === 0 && splits.dev + splits.test > 0) {
    lines.push(`There is no train set: of the ${plural(texts, 'sentence')} only leave-one-out and complete can be scored.`);
  }
  return lines;
}
